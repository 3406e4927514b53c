/* The decoder, second part: SEQUENCE, with the additions of a later edition.
 *
 * Source: ITU-T X.691, unaligned.
 */
#ifndef V2X_ENGINE_SEQUENCE_H
#define V2X_ENGINE_SEQUENCE_H

#include "engine_leaves.h"

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

#endif
