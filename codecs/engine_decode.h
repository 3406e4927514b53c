/* The decoder, second part: SEQUENCE, SEQUENCE OF, CHOICE, and whole messages.
 *
 * Source: ITU-T X.691, unaligned.
 */
#ifndef V2X_ENGINE_DECODE_H
#define V2X_ENGINE_DECODE_H

#include "engine_leaves.h"

/* SEQUENCE ------------------------------------------------------------------------------------------------ */

/* What a SEQUENCE is collected in. */
typedef union {
    record_t *record;
    PyObject *dict;
    const plan_t *plan;
} holder_t;

ALWAYS_INLINE int begin_sequence(reader_t *r, const op_t *op, out_t out, holder_t *holder, const result_t mode)
{
    if (mode == M_COLUMNS)
        holder->plan = out.plan;
    if (mode == M_RECORDS && UNLIKELY(!(holder->record = record_alloc(op->cls))))
        return out_of_memory(&r->fault);
    if (mode == M_OBJECTS && UNLIKELY(!(holder->dict = PyDict_New())))
        return out_of_memory(&r->fault);
    return 0;
}

ALWAYS_INLINE int drop_sequence(holder_t *holder, const result_t mode)
{
    if (mode == M_RECORDS)
        Py_DECREF(holder->record);
    if (mode == M_OBJECTS)
        Py_DECREF(holder->dict);
    return -1;
}

ALWAYS_INLINE void leave_out(holder_t *holder, const part_t *part, unsigned at, const result_t mode)
{
    if (mode == M_RECORDS && part->op->object)
        holder->record->slots[at].object = Py_NewRef(Py_None);
}

/* One part that is there; `open`: as an extension addition. */
ALWAYS_INLINE int decode_part(reader_t *r, holder_t *holder, const part_t *part, unsigned at, int open,
                              const result_t mode)
{
    out_t out = {NULL};
    PyObject *made = NULL;
    int failed;

    if (mode == M_COLUMNS)
        out.plan = holder->plan->parts[at];
    if (mode == M_RECORDS)
        out.slot = &holder->record->slots[at];
    if (mode == M_OBJECTS)
        out.object = &made;
    failed = open ? decode_open(r, part->op, out, mode) : decode_value(r, part->op, out, mode);
    if (UNLIKELY(failed))
        return step_out(&r->fault, part, 0);
    if (mode == M_RECORDS)
        holder->record->present |= (uint64_t)1 << at;
    if (mode == M_OBJECTS) {
        failed = PyDict_SetItem(holder->dict, part->name, made);
        Py_DECREF(made);
        if (UNLIKELY(failed))
            return out_of_memory(&r->fault);
    }
    return 0;
}

/* Unknown additions, one list entry (index, octets) each. */
static int keep_unknown(reader_t *r, PyObject **list, unsigned index, int64_t start, int64_t length)
{
    PyObject *octets = make_octets(r, start, length);
    PyObject *entry = octets ? Py_BuildValue("(IN)", index, octets) : NULL;

    if (entry)
        PyObject_GC_UnTrack(entry);
    if (!*list)
        *list = PyList_New(0);
    int failed = !entry || !*list || PyList_Append(*list, entry) < 0;
    Py_XDECREF(entry);
    return failed ? out_of_memory(&r->fault) : 0;
}

/* (count, ((index, octets), ...)) into the record or dict; takes the list over. */
static int store_unknown(reader_t *r, const op_t *op, holder_t *holder, unsigned count, PyObject *list,
                         const result_t mode)
{
    PyObject *entries = list ? PyList_AsTuple(list) : PyTuple_New(0);
    PyObject *unknown = entries ? Py_BuildValue("(IO)", count, entries) : NULL;
    int failed = !unknown;

    if (unknown && mode == M_RECORDS) {
        PyObject_GC_UnTrack(unknown);
        PyObject_GC_UnTrack(entries);
        holder->record->slots[op->cls->count].object = Py_NewRef(unknown);
    }
    if (unknown && mode == M_OBJECTS)
        failed = PyDict_SetItem(holder->dict, r->table->unknown_key, unknown) < 0;
    Py_XDECREF(unknown);
    Py_XDECREF(entries);
    return failed ? out_of_memory(&r->fault) : 0;
}

/* The number of bits in a presence bitmap: a normally small length, 1..127. */
static int take_bitmap(reader_t *r, unsigned *count)
{
    uint64_t value;
    int64_t start = r->pos;

    if (take(r, 7, &value))
        return -1;
    if (value < 64) {
        *count = (unsigned)value + 1;
    } else {
        r->pos -= 6;
        if (take(r, 8, &value))
            return -1;
        if (value > MAX_ADDITIONS)
            return set_fault(&r->fault, FAULT_ADDITIONS, start, 0, 0, 0);
        *count = (unsigned)value;
        r->odd += value <= 64;
    }
    return (int64_t)*count > r->end - r->pos ? truncated(r) : 0;
}

/* The additions of a SEQUENCE: a presence bitmap, then an open type for each. */
ALWAYS_INLINE int decode_additions(reader_t *r, const op_t *op, holder_t *holder, const result_t mode)
{
    unsigned count, set = 0;
    PyObject *kept = NULL;
    int64_t start, length;
    const int keep = (mode == M_RECORDS || mode == M_OBJECTS) && !(mode == M_OBJECTS && r->flags & FLAG_DROP_UNKNOWN);

    if (take_bitmap(r, &count))
        return -1;
    int64_t bitmap = r->pos;
    r->pos += count;
    for (unsigned i = 0; i < count; i++) {
        if (!peek(r, bitmap + i, 1))
            continue;
        set++;
        if (i < op->more) {
            const part_t *part = r->table->parts + op->first + op->count + i;
            if (decode_part(r, holder, part, op->count + i, 1, mode))
                goto failed;
        } else if (skip_open(r, &start, &length) || (keep && keep_unknown(r, &kept, i, start, length))) {
            goto failed;
        }
    }
    r->odd += !set; /* the extension bit says that there are some */
    if (keep && set && (kept || count != op->more)) {
        int failed = store_unknown(r, op, holder, count, kept, mode);
        Py_XDECREF(kept);
        return failed;
    }
    return 0;
failed:
    if (mode == M_RECORDS || mode == M_OBJECTS)
        Py_XDECREF(kept);
    return -1;
}

ALWAYS_INLINE int decode_sequence(reader_t *r, const op_t *op, out_t out, const result_t mode)
{
    uint64_t preamble, mask = (uint64_t)1 << op->width >> 1;
    const part_t *part = r->table->parts + op->first;
    int extended = 0;
    holder_t holder;

    if (take(r, op->width, &preamble) || begin_sequence(r, op, out, &holder, mode))
        return -1;
    if (op->flags & OP_EXTENSIBLE) {
        extended = (preamble & mask) != 0;
        mask >>= 1;
        for (unsigned i = op->count; mode == M_RECORDS && i < (unsigned)op->count + op->more; i++)
            leave_out(&holder, &part[i], i, mode);
    }
    for (unsigned i = 0; i < op->count; i++, part++) {
        if (part->flags & PART_OPTIONAL) {
            uint64_t there = preamble & mask;
            mask >>= 1;
            if (!there) {
                leave_out(&holder, part, i, mode);
                continue;
            }
        } else if (part->flags & PART_SELECTOR && r->end - r->pos >= part->op->width) {
            r->selector = part->op->low + (int64_t)peek(r, r->pos, part->op->width);
        }
        if (UNLIKELY(decode_part(r, &holder, part, i, 0, mode)))
            return drop_sequence(&holder, mode);
    }
    if (UNLIKELY(extended) && decode_additions(r, op, &holder, mode))
        return drop_sequence(&holder, mode);
    if (mode == M_RECORDS)
        out.slot->object = (PyObject *)holder.record;
    if (mode == M_OBJECTS)
        *out.object = holder.dict;
    return 0;
}

/* SEQUENCE OF --------------------------------------------------------------------------------------------- */

/* A list of a record is a tuple, and the garbage collector need not know it: see engine_records.h. */
ALWAYS_INLINE PyObject *make_list(int64_t count, const result_t mode)
{
    PyObject *list = mode == M_RECORDS ? PyTuple_New(count) : PyList_New(count);
    if (mode == M_RECORDS && list)
        PyObject_GC_UnTrack(list);
    return list;
}

ALWAYS_INLINE int decode_element(reader_t *r, const op_t *element, out_t out, PyObject *list, int64_t at,
                                 const result_t mode)
{
    if (mode == M_RECORDS) {
        slot_t slot = {0};
        PyObject *made;
        out.slot = &slot;
        if (decode_value(r, element, out, mode))
            return -1;
        made = element->object ? slot.object : slot_value(element, slot);
        if (!made)
            return out_of_memory(&r->fault);
        PyTuple_SET_ITEM(list, at, made);
        return 0;
    }
    if (mode == M_OBJECTS) {
        PyObject *made = NULL;
        out.object = &made;
        if (decode_value(r, element, out, mode))
            return -1;
        PyList_SET_ITEM(list, at, made);
        return 0;
    }
    if (mode == M_COLUMNS) {
        begin_row(r->columns, out.plan);
        out.plan = out.plan->parts[0];
    }
    return decode_value(r, element, out, mode);
}

ALWAYS_INLINE int decode_list(reader_t *r, const op_t *op, out_t out, const result_t mode)
{
    const op_t *element = r->table->ops + op->first;
    PyObject *list = NULL;
    int64_t count;

    if (take_size(r, op, FAULT_COUNT, &count))
        return -1;
    if (UNLIKELY(count * (int64_t)element->least > r->end - r->pos))
        return truncated(r); /* before any room is made for them */
    if ((mode == M_RECORDS || mode == M_OBJECTS) && !(list = make_list(count, mode)))
        return out_of_memory(&r->fault);
    for (int64_t i = 0; i < count; i++) {
        if (UNLIKELY(decode_element(r, element, out, list, i, mode))) {
            if (mode == M_RECORDS || mode == M_OBJECTS)
                Py_DECREF(list);
            return step_out(&r->fault, NULL, i);
        }
    }
    if (mode == M_RECORDS || mode == M_OBJECTS)
        return deliver_object(r, out, mode, list);
    return 0;
}

/* CHOICE -------------------------------------------------------------------------------------------------- */

/* Which alternative, and whether it is an addition, which stands in an open type. */
ALWAYS_INLINE int take_alternative(reader_t *r, const op_t *op, unsigned *at, int *open)
{
    const int frame = op->flags & OP_FRAME;
    uint64_t extended = 0, index;
    int64_t later, start = r->pos;

    if (op->flags & OP_EXTENSIBLE && take(r, 1, &extended))
        return -1;
    *open = extended != 0;
    if (extended) {
        if (take_small(r, &later))
            return -1;
        if (later >= op->more)
            return set_fault(&r->fault, frame ? FAULT_FRAME_LATER : FAULT_CHOICE_LATER, start, later, 0, 0);
        *at = op->count + (unsigned)later;
        return 0;
    }
    if (take(r, op->width, &index))
        return -1;
    if (index >= op->count)
        return set_fault(&r->fault, frame ? FAULT_FRAME : FAULT_ALTERNATIVE, start, (int64_t)index, 0, op->count - 1);
    *at = (unsigned)index;
    return 0;
}

ALWAYS_INLINE int decode_choice(reader_t *r, const op_t *op, out_t out, const result_t mode)
{
    unsigned at = 0;
    int open = 0;
    out_t inner = {NULL};
    slot_t slot = {0};
    PyObject *made = NULL;

    if (take_alternative(r, op, &at, &open))
        return -1;
    const part_t *part = r->table->parts + op->first + at;
    if (mode == M_COLUMNS) {
        put_number(r->columns, out.plan, at);
        inner.plan = out.plan->parts[at];
    }
    if (mode == M_RECORDS)
        inner.slot = &slot;
    if (mode == M_OBJECTS)
        inner.object = &made;
    if (UNLIKELY(open ? decode_open(r, part->op, inner, mode) : decode_value(r, part->op, inner, mode)))
        return step_out(&r->fault, part, 0);
    if (mode == M_RECORDS) {
        record_t *record = record_alloc(op->cls);
        if (UNLIKELY(!record)) {
            if (part->op->object)
                Py_DECREF(slot.object);
            return out_of_memory(&r->fault);
        }
        record->slots[0].number = at;
        record->slots[1] = slot;
        out.slot->object = (PyObject *)record;
    }
    if (mode == M_OBJECTS) {
        PyObject *pair = PyTuple_New(2);
        if (UNLIKELY(!pair)) {
            Py_DECREF(made);
            return out_of_memory(&r->fault);
        }
        PyTuple_SET_ITEM(pair, 0, Py_NewRef(part->name));
        PyTuple_SET_ITEM(pair, 1, made);
        *out.object = pair;
    }
    return 0;
}

/* Any value ----------------------------------------------------------------------------------------------- */

ALWAYS_INLINE int decode_any(reader_t *r, const op_t *op, out_t out, const result_t mode)
{
    uint64_t bit;

    switch (op->code) {
    case OP_INT:
        return decode_integer(r, op, out, mode);
    case OP_ENUM:
        return decode_enumerated(r, op, out, mode);
    case OP_SEQ:
        return decode_sequence(r, op, out, mode);
    case OP_CHOICE:
        return decode_choice(r, op, out, mode);
    case OP_LIST:
        return decode_list(r, op, out, mode);
    case OP_BITS:
    case OP_OCTETS:
    case OP_TEXT:
        return decode_string(r, op, out, mode);
    case OP_BOOL:
        return take(r, 1, &bit) ? -1 : deliver_number(r, op, out, mode, (int64_t)bit);
    case OP_OPEN:
        return decode_message(r, out, mode);
    default:
        return deliver_number(r, op, out, mode, 0);
    }
}

static int walk_value(reader_t *r, const op_t *op, out_t out)
{
    return decode_any(r, op, out, M_WALK);
}

static int columns_value(reader_t *r, const op_t *op, out_t out)
{
    return decode_any(r, op, out, M_COLUMNS);
}

static int records_value(reader_t *r, const op_t *op, out_t out)
{
    return decode_any(r, op, out, M_RECORDS);
}

static int objects_value(reader_t *r, const op_t *op, out_t out)
{
    return decode_any(r, op, out, M_OBJECTS);
}

/* One whole message: -1 with reader->fault set.  Octets behind it are a fault, see check_tail(). */
ALWAYS_INLINE int decode_message_of(reader_t *r, const op_t *root, out_t out, const result_t mode)
{
    if (r->octets > MAX_MESSAGE_OCTETS)
        return set_fault(&r->fault, FAULT_TOO_LONG, -1, r->octets, 0, 0);
    if (decode_value(r, root, out, mode))
        return -1;
    return check_tail(r, -1) ? take_back(root, out, mode) : 0;
}

#endif
