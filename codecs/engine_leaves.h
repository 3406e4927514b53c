/* The decoder, first part: what can be made of a message, its leaves, and open types.
 *
 * There is one body of code, compiled once for each thing that can be made:
 *
 *   M_WALK     nothing: is it well-formed and in range?       no Python, no interpreter lock needed
 *   M_COLUMNS  values into arrays (engine_columns.h)          no Python, no interpreter lock needed
 *   M_RECORDS  records                                        engine_records.h
 *   M_OBJECTS  dicts, lists, tuples in asn1tools' form
 *
 * Every function takes the mode as a constant and is inlined into four thin wrappers, so the tests on it cost
 * nothing.  Recursion goes through decode_value(); its depth is bounded by the table (MAX_DEPTH).
 *
 * Forms that this engine would not write (a length in two octets where one would do, an extension form of a
 * value of the root) are read and counted in reader->odd: encoding gives the same octets if and only if it is 0.
 *
 * Source: ITU-T X.691, unaligned.
 */
#ifndef V2X_ENGINE_LEAVES_H
#define V2X_ENGINE_LEAVES_H

#include "engine_columns.h"

typedef enum { M_WALK, M_COLUMNS, M_RECORDS, M_OBJECTS } result_t;

/* Where a value goes: nowhere, by a plan, into a slot, into an object pointer. */
typedef union {
    const plan_t *plan;
    slot_t *slot;
    PyObject **object;
} out_t;

static int walk_value(reader_t *r, const op_t *op, out_t out);
static int columns_value(reader_t *r, const op_t *op, out_t out);
static int records_value(reader_t *r, const op_t *op, out_t out);
static int objects_value(reader_t *r, const op_t *op, out_t out);

ALWAYS_INLINE int decode_value(reader_t *r, const op_t *op, out_t out, const result_t mode)
{
    switch (mode) {
    case M_COLUMNS:
        /* what no column wants is only checked */
        return out.plan ? columns_value(r, op, out) : walk_value(r, op, out);
    case M_RECORDS:
        return records_value(r, op, out);
    case M_OBJECTS:
        return objects_value(r, op, out);
    default:
        return walk_value(r, op, out);
    }
}

ALWAYS_INLINE int out_of_memory(fault_t *fault)
{
    return set_fault(fault, FAULT_PYTHON, -1, 0, 0, 0);
}

/* Leaves -------------------------------------------------------------------------------------------------- */

ALWAYS_INLINE int deliver_object(reader_t *r, out_t out, const result_t mode, PyObject *made)
{
    if (UNLIKELY(!made))
        return out_of_memory(&r->fault);
    if (mode == M_RECORDS)
        out.slot->object = made;
    else
        *out.object = made;
    return 0;
}

/* INTEGER, ENUMERATED, BOOLEAN, NULL */
ALWAYS_INLINE int deliver_number(reader_t *r, const op_t *op, out_t out, const result_t mode, int64_t number)
{
    if (mode == M_RECORDS)
        out.slot->number = number;
    if (mode == M_COLUMNS)
        put_number(r->columns, out.plan, number);
    if (mode == M_OBJECTS) {
        slot_t slot = {.number = number};
        return deliver_object(r, out, mode, slot_value(op, slot));
    }
    return 0;
}

/* INTEGER in extension form: a length and as many octets of two's complement. */
static int take_extended_integer(reader_t *r, const op_t *op, int64_t *number)
{
    int64_t length, start = r->pos;
    uint64_t value, octet;

    if (take_length(r, &length))
        return -1;
    if (length == 0)
        return set_fault(&r->fault, FAULT_INTEGER_EMPTY, start, 0, 0, 0);
    if (8 * length > r->end - r->pos)
        return truncated(r);
    uint64_t sign = peek(r, r->pos, 1) ? UINT64_MAX : 0;
    for (value = sign; length > 8; length--) { /* leading octets that say nothing */
        if (take(r, 8, &octet))
            return -1;
        if (octet != (sign & 0xFF) || peek(r, r->pos, 1) != (sign & 1))
            return set_fault(&r->fault, FAULT_INTEGER_HUGE, start, 0, 0, 0);
        r->odd++;
    }
    int64_t left = length;
    for (; length > 0; length--) {
        if (take(r, 8, &octet))
            return -1;
        value = value << 8 | octet;
        /* the first nine bits all equal the sign: an octet fewer would do */
        if (length == left && left > 1)
            r->odd += octet == (sign & 0xFF) && peek(r, r->pos, 1) == (sign & 1);
    }
    memcpy(number, &value, sizeof value);
    r->odd += *number >= op->low && *number <= op->high;
    return 0;
}

ALWAYS_INLINE int decode_integer(reader_t *r, const op_t *op, out_t out, const result_t mode)
{
    uint64_t extended, value;
    int64_t number, start = r->pos;

    if (op->flags & OP_EXTENSIBLE) {
        if (take(r, 1, &extended))
            return -1;
        if (extended)
            return take_extended_integer(r, op, &number) ? -1 : deliver_number(r, op, out, mode, number);
    }
    if (take(r, op->width, &value))
        return -1;
    number = op->low + (int64_t)value;
    if (UNLIKELY(value > op->span))
        return set_fault(&r->fault, FAULT_RANGE, start, number, op->low, op->high);
    return deliver_number(r, op, out, mode, number);
}

ALWAYS_INLINE int decode_enumerated(reader_t *r, const op_t *op, out_t out, const result_t mode)
{
    uint64_t extended, value;
    int64_t later, start = r->pos;

    if (op->flags & OP_EXTENSIBLE) {
        if (take(r, 1, &extended))
            return -1;
        if (UNLIKELY(extended))
            return take_small(r, &later) ? -1 : set_fault(&r->fault, FAULT_ENUM_LATER, start, later, 0, 0);
    }
    if (take(r, op->width, &value))
        return -1;
    if (UNLIKELY(value > op->span))
        return set_fault(&r->fault, FAULT_ENUMERATOR, start, (int64_t)value, 0, op->high);
    return deliver_number(r, op, out, mode, (int64_t)value);
}

/* The length of a string or list: in extension form or unbounded a general length determinant, else a field. */
ALWAYS_INLINE int take_size(reader_t *r, const op_t *op, int fault, int64_t *size)
{
    uint64_t field;
    int64_t start = r->pos;

    if (op->flags & OP_EXTENSIBLE) {
        if (take(r, 1, &field))
            return -1;
        if (field) {
            if (take_length(r, size))
                return -1;
            r->odd += *size >= op->low && *size <= op->high;
            return 0;
        }
    }
    if (op->high == UNBOUNDED) {
        if (take_length(r, size))
            return -1;
        return *size < op->low ? set_fault(&r->fault, fault, start, *size, op->low, op->high) : 0;
    }
    if (take(r, op->width, &field))
        return -1;
    *size = op->low + (int64_t)field;
    if (UNLIKELY(field > op->span))
        return set_fault(&r->fault, fault, start, *size, op->low, op->high);
    return 0;
}

static PyObject *make_bits(const reader_t *r, const op_t *op, int64_t length, const result_t mode)
{
    if (mode == M_OBJECTS) {
        PyObject *value = PyBytes_FromStringAndSize(NULL, (length + 7) >> 3);
        if (!value)
            return NULL;
        copy_bits(r, r->pos, length, (uint8_t *)PyBytes_AS_STRING(value));
        return Py_BuildValue("(Nn)", value, (Py_ssize_t)length);
    }
    bits_t *bits = bits_new(r->table->bits_type, length, op->names);
    if (bits)
        copy_bits(r, r->pos, length, bits->octets);
    return (PyObject *)bits;
}

static PyObject *make_octets(const reader_t *r, int64_t pos, int64_t count)
{
    PyObject *made = PyBytes_FromStringAndSize(NULL, count);
    if (made)
        copy_octets(r, pos, count, (uint8_t *)PyBytes_AS_STRING(made));
    return made;
}

static PyObject *make_text(const reader_t *r, int64_t count)
{
    PyObject *made = PyUnicode_New(count, 127);
    if (made && count) {
        Py_UCS1 *characters = PyUnicode_1BYTE_DATA(made);
        for (int64_t i = 0; i < count; i++)
            characters[i] = (Py_UCS1)peek(r, r->pos + 7 * i, 7);
    }
    return made;
}

/* BIT STRING, OCTET STRING, IA5String */
ALWAYS_INLINE int decode_string(reader_t *r, const op_t *op, out_t out, const result_t mode)
{
    int64_t size, unit = op->code == OP_BITS ? 1 : op->code == OP_OCTETS ? 8 : 7;
    int fault = op->code == OP_TEXT ? FAULT_CHARACTERS : op->code == OP_BITS ? FAULT_BITS_COUNT : FAULT_OCTETS;

    if (take_size(r, op, fault, &size))
        return -1;
    if (size * unit > r->end - r->pos)
        return truncated(r);
    if (mode == M_COLUMNS)
        put_string(r, op, out.plan, size);
    if (mode == M_RECORDS || mode == M_OBJECTS) {
        PyObject *made = op->code == OP_BITS     ? make_bits(r, op, size, mode)
                         : op->code == OP_OCTETS ? make_octets(r, r->pos, size)
                                                 : make_text(r, size);
        if (deliver_object(r, out, mode, made))
            return -1;
    }
    r->pos += size * unit;
    return 0;
}

/* Open types ---------------------------------------------------------------------------------------------- */

static int any_bit(const reader_t *r, int64_t pos, int64_t end)
{
    for (; pos < end; pos += 56) {
        unsigned width = (unsigned)(end - pos < 56 ? end - pos : 56);
        if (peek(r, pos, width))
            return 1;
    }
    return 0;
}

/* What follows a value up to the end of its octets: the zero bits that fill the last one, nothing else. */
static int check_tail(reader_t *r, int64_t start)
{
    int64_t left = r->end - r->pos, last = r->pos + (left & 7);

    if (LIKELY(left < 8) && !peek(r, r->pos, (unsigned)left))
        return 0;
    if (any_bit(r, r->pos, last))
        return set_fault(&r->fault, FAULT_TAIL_BITS, r->pos, 0, 0, 0);
    if (r->pos == start && left == 8 && !any_bit(r, last, r->end))
        return 0; /* a value without bits has an octet of zeros */
    int set = any_bit(r, last, r->end);
    if (set || !(r->flags & FLAG_LENIENT))
        return set_fault(&r->fault, FAULT_TAIL_OCTETS, last, left >> 3, set, 0);
    r->padding += (unsigned)(left >> 3);
    r->odd++;
    return 0;
}

/* What was delivered for a value that turned out to be followed by something. */
ALWAYS_INLINE int take_back(const op_t *op, out_t out, const result_t mode)
{
    if (mode == M_RECORDS && op->object)
        Py_CLEAR(out.slot->object);
    if (mode == M_OBJECTS)
        Py_CLEAR(*out.object);
    return -1;
}

/* A known type in an open type. */
ALWAYS_INLINE int decode_open(reader_t *r, const op_t *op, out_t out, const result_t mode)
{
    int64_t length, start, outer = r->end;

    if (take_length(r, &length))
        return -1;
    if (8 * length > outer - r->pos)
        return truncated(r);
    start = r->pos;
    r->end = start + 8 * length;
    if (decode_value(r, op, out, mode))
        return -1;
    if (check_tail(r, start))
        return take_back(op, out, mode);
    r->pos = r->end;
    r->end = outer;
    return 0;
}

/* An unknown type in an open type: its octets are passed over; where they were is told. */
static int skip_open(reader_t *r, int64_t *start, int64_t *length)
{
    if (take_length(r, length))
        return -1;
    if (8 * *length > r->end - r->pos)
        return truncated(r);
    *start = r->pos;
    r->pos += 8 * *length;
    r->unknown++;
    return 0;
}

/* The open type behind a messageId.  A known message is decoded, of an unknown one the octets are the value. */
ALWAYS_INLINE int decode_message(reader_t *r, out_t out, const result_t mode)
{
    int64_t start, length;
    const op_t *known = message_op(r->table, r->selector);

    if (mode == M_COLUMNS)
        out.plan = message_plan(r->table, out.plan, r->selector); /* decode_open() without one only checks */
    if (known)
        return decode_open(r, known, out, mode);
    if (skip_open(r, &start, &length))
        return -1;
    if (mode == M_RECORDS || mode == M_OBJECTS)
        return deliver_object(r, out, mode, make_octets(r, start, length));
    return 0;
}

#endif
