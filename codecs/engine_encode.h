/* The encoder, second part: from records, whose values are known to be right.  Only their number can be a fault.
 *
 * Recursion is bounded by the table (MAX_DEPTH).
 */
#ifndef V2X_ENGINE_ENCODE_H
#define V2X_ENGINE_ENCODE_H

#include "engine_write.h"

/* From records -------------------------------------------------------------------------------------------- */

static int encode_slot(writer_t *w, const op_t *op, slot_t slot);

static int encode_open_slot(writer_t *w, const op_t *op, slot_t slot)
{
    int64_t start;
    return open_begin(w, &start) || encode_slot(w, op, slot) ? -1 : open_end(w, start);
}

/* A slot, and on the way out of a fault (the message is too long) its place. */
static int encode_slot_part(writer_t *w, const part_t *part, slot_t slot, int open)
{
    int failed = open ? encode_open_slot(w, part->op, slot) : encode_slot(w, part->op, slot);
    return UNLIKELY(failed) ? step_out(&w->fault, part, 0) : 0;
}

static int encode_record_additions(writer_t *w, const record_t *record)
{
    const op_t *op = record->cls->op;
    uint64_t present = record->present >> op->count;
    PyObject *unknown = unknown_of(record);
    int64_t count = unknown ? PyLong_AsLongLong(PyTuple_GET_ITEM(unknown, 0)) : op->more;

    if (write_bitmap(w, op, present, unknown, count))
        return -1;
    for (unsigned i = 0; i < op->more; i++)
        if (present >> i & 1 && encode_slot_part(w, &record->cls->parts[op->count + i], record->slots[op->count + i], 1))
            return -1;
    return write_unknown(w, unknown);
}

static int encode_sequence_record(writer_t *w, const record_t *record)
{
    const class_info *cls = record->cls;
    const op_t *op = cls->op;
    uint64_t preamble = 0;
    int extended = is_extensible(op) && (record->present >> op->count || unknown_of(record));

    preamble = (uint64_t)extended;
    for (unsigned i = 0; i < op->count; i++)
        if (cls->parts[i].flags & PART_OPTIONAL)
            preamble = preamble << 1 | (record->present >> i & 1);
    if (put(w, preamble, op->width))
        return -1;
    for (unsigned i = 0; i < op->count; i++) {
        if (!(record->present >> i & 1))
            continue;
        if (cls->parts[i].flags & PART_SELECTOR)
            w->selector = record->slots[i].number;
        if (encode_slot_part(w, &cls->parts[i], record->slots[i], 0))
            return -1;
    }
    return extended ? encode_record_additions(w, record) : 0;
}

static int encode_choice_record(writer_t *w, const record_t *record)
{
    const op_t *op = record->cls->op;
    unsigned at = (unsigned)record->slots[0].number;
    int open = at >= op->count;

    if (is_extensible(op) && put(w, (uint64_t)open, 1))
        return -1;
    if (open ? write_small(w, at - op->count) : put(w, at, op->width))
        return -1;
    return encode_slot_part(w, chosen_part(record), record->slots[1], open);
}

static int encode_tuple(writer_t *w, const op_t *op, PyObject *list)
{
    const op_t *element = w->table->ops + op->first;
    Py_ssize_t count = PyTuple_GET_SIZE(list);

    if (write_size(w, op, count))
        return -1;
    for (Py_ssize_t i = 0; i < count; i++) {
        slot_t slot = {.object = PyTuple_GET_ITEM(list, i)};
        if (!element->object && number_from(&w->fault, element, slot.object, &slot.number))
            return step_out(&w->fault, NULL, i);
        if (encode_slot(w, element, slot))
            return step_out(&w->fault, NULL, i);
    }
    return 0;
}

static int encode_open_message_slot(writer_t *w, PyObject *object)
{
    const op_t *known = message_op(w->table, w->selector);
    slot_t slot = {.object = object};
    return known ? encode_open_slot(w, known, slot) : write_open_octets(w, object);
}

static int encode_slot(writer_t *w, const op_t *op, slot_t slot)
{
    const bits_t *bits;

    switch (op->code) {
    case OP_SEQ:
        return encode_sequence_record(w, (const record_t *)slot.object);
    case OP_CHOICE:
        return encode_choice_record(w, (const record_t *)slot.object);
    case OP_LIST:
        return encode_tuple(w, op, slot.object);
    case OP_BITS:
        bits = (const bits_t *)slot.object;
        return write_bits(w, op, bits->octets, bits->length);
    case OP_OCTETS:
        return write_octets(w, op, (const uint8_t *)PyBytes_AS_STRING(slot.object), PyBytes_GET_SIZE(slot.object));
    case OP_TEXT:
        return write_text(w, op, slot.object);
    case OP_OPEN:
        return encode_open_message_slot(w, slot.object);
    default:
        return write_number(w, op, slot.number);
    }
}

#endif
