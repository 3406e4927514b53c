/* The decoder, third part: SEQUENCE OF, CHOICE, and whole messages.
 *
 * Source: ITU-T X.691, unaligned.
 */
#ifndef V2X_ENGINE_DECODE_H
#define V2X_ENGINE_DECODE_H

#include "engine_sequence.h"

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
