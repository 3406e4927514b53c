/* COER, third part: the reader, lengths and leaves (ITU-T X.696, canonical form; the rules stand in coer_nodes.py).
 *
 * A reader never looks at or behind `end`: every length is compared with what is left before anything moves.
 * Functions that give an object give a new reference, or NULL with the fault stored.
 */
#ifndef V2X_ENGINE_COER_LEAVES_H
#define V2X_ENGINE_COER_LEAVES_H

#include "engine_coer_load.h"

typedef struct {
    const uint8_t *data;
    PyObject *whole;        /* the bytes object of `data` */
    Py_ssize_t pos, end;
    const coer_table_t *table;
    coer_fault_t fault;
} coer_reader_t;

static COLD PyObject *coer_bad(coer_reader_t *r, int code, Py_ssize_t octet, int64_t a, const coer_op_t *op)
{
    coer_store(&r->fault, code, octet, a, op, NULL);
    return NULL;
}

static COLD PyObject *coer_cut(coer_reader_t *r, Py_ssize_t octet)
{
    return coer_bad(r, COER_FAULT_TRUNCATED, octet, 0, NULL);
}

/* An object that Python made, or the fault of its exception. */
ALWAYS_INLINE PyObject *coer_made(coer_reader_t *r, PyObject *value)
{
    if (UNLIKELY(!value))
        coer_store_python(&r->fault);
    return value;
}

static inline PyObject *coer_slice(coer_reader_t *r, Py_ssize_t start, Py_ssize_t length)
{
    if (length == PyBytes_GET_SIZE(r->whole))
        return Py_NewRef(r->whole);
    return coer_made(r, PyBytes_FromStringAndSize((const char *)r->data + start, length));
}

ALWAYS_INLINE uint64_t coer_number(const uint8_t *from, Py_ssize_t octets)
{
    uint64_t value = 0;
    for (Py_ssize_t i = 0; i < octets; i++)
        value = value << 8 | from[i];
    return value;
}

/* The two's complement of 1..8 octets. */
ALWAYS_INLINE int64_t coer_signed(uint64_t value, Py_ssize_t octets)
{
    uint64_t sign = (uint64_t)1 << (8 * octets - 1);
    return (int64_t)((value ^ sign) - sign);
}

/* Octets of the shortest two's complement. */
static Py_ssize_t coer_signed_octets(int64_t value)
{
    uint64_t left = (uint64_t)(value < 0 ? ~value : value) >> 7;
    Py_ssize_t octets = 1;
    for (; left; left >>= 8)
        octets++;
    return octets;
}

static Py_ssize_t coer_unsigned_octets(uint64_t value)
{
    Py_ssize_t octets = 1;
    for (value >>= 8; value; value >>= 8)
        octets++;
    return octets;
}

/* A length determinant; the octets that it announces are there.  -1: a fault. */
static Py_ssize_t coer_long_length(coer_reader_t *r)
{
    Py_ssize_t at = r->pos, count = r->data[at] - 0x80, length;

    if (count < 1 || count > 4) {
        coer_bad(r, COER_FAULT_LENGTH_OCTETS, at, count, NULL);
        return -1;
    }
    if (count > r->end - at - 1) {
        coer_cut(r, at);
        return -1;
    }
    length = (Py_ssize_t)coer_number(r->data + at + 1, count);
    if (length < 0x80 || length < (Py_ssize_t)1 << (8 * (count - 1))) {
        coer_bad(r, COER_FAULT_LENGTH_FORM, at, 0, NULL);
        return -1;
    }
    if (length > r->end - at - 1 - count) {
        coer_cut(r, at);
        return -1;
    }
    r->pos = at + 1 + count;
    return length;
}

ALWAYS_INLINE Py_ssize_t coer_length(coer_reader_t *r)
{
    Py_ssize_t at = r->pos;

    if (UNLIKELY(at >= r->end)) {
        coer_cut(r, at);
        return -1;
    }
    if (UNLIKELY(r->data[at] >= 0x80))
        return coer_long_length(r);
    if (UNLIKELY(r->data[at] > r->end - at - 1)) {
        coer_cut(r, at);
        return -1;
    }
    r->pos = at + 1;
    return r->data[at];
}

/* Leaves -------------------------------------------------------------------------------------------------- */

static PyObject *coer_read_integer(coer_reader_t *r, const coer_op_t *op)
{
    Py_ssize_t at = r->pos;
    int inside;

    if (UNLIKELY(op->size > r->end - at))
        return coer_cut(r, at);
    uint64_t value = coer_number(r->data + at, op->size);
    int64_t number = coer_signed(value, op->size);
    if (op->flags & COER_SIGNED)
        inside = number >= op->low && number <= (int64_t)op->high;
    else
        inside = value >= (uint64_t)op->low && value <= op->high;
    PyObject *made = op->flags & COER_SIGNED ? PyLong_FromLongLong(number) : PyLong_FromUnsignedLongLong(value);
    if (UNLIKELY(!coer_made(r, made)))
        return NULL;
    if (UNLIKELY(!inside)) {
        coer_store(&r->fault, COER_FAULT_RANGE, at, 0, op, made);
        Py_DECREF(made);
        return NULL;
    }
    r->pos = at + op->size;
    return made;
}

static PyObject *coer_read_big(coer_reader_t *r, const coer_op_t *op)
{
    Py_ssize_t at = r->pos, length = coer_length(r);

    if (UNLIKELY(length < 0))
        return NULL;
    if (UNLIKELY(length < 1 || length > 8))
        return coer_bad(r, COER_FAULT_INTEGER_OCTETS, at, length, NULL);
    uint64_t value = coer_number(r->data + r->pos, length);
    int64_t number = coer_signed(value, length);
    int is_signed = op->flags & COER_SIGNED;
    if (UNLIKELY((is_signed ? coer_signed_octets(number) : coer_unsigned_octets(value)) != length))
        return coer_bad(r, COER_FAULT_INTEGER_FORM, at, 0, NULL);
    r->pos += length;
    return coer_made(r, is_signed ? PyLong_FromLongLong(number) : PyLong_FromUnsignedLongLong(value));
}

static PyObject *coer_read_enumerated(coer_reader_t *r, const coer_op_t *op)
{
    Py_ssize_t at = r->pos, length;
    int64_t number;

    if (UNLIKELY(at >= r->end))
        return coer_cut(r, at);
    number = r->data[r->pos++];
    if (UNLIKELY(number >= 0x80)) {
        length = (Py_ssize_t)number - 0x80;
        if (length < 1 || length > 4)
            return coer_bad(r, COER_FAULT_ENUM_OCTETS, at, length, NULL);
        if (length > r->end - r->pos)
            return coer_cut(r, at);
        number = coer_signed(coer_number(r->data + r->pos, length), length);
        if ((number >= 0 && number < 0x80) || coer_signed_octets(number) != length)
            return coer_bad(r, COER_FAULT_ENUM_FORM, at, 0, NULL);
        r->pos += length;
    }
    if (LIKELY(number >= 0 && number < PyTuple_GET_SIZE(op->names)))
        return Py_NewRef(PyTuple_GET_ITEM(op->names, number));
    if (!(op->flags & COER_EXTENSIBLE))
        return coer_bad(r, COER_FAULT_ENUM_VALUE, at, number, NULL);
    return coer_made(r, PyLong_FromLongLong(number));
}

static PyObject *coer_read_octets(coer_reader_t *r, const coer_op_t *op)
{
    Py_ssize_t at = r->pos, length;

    if (op->low == (int64_t)op->high) { /* a fixed size has no length */
        if (UNLIKELY(op->low > r->end - at))
            return coer_cut(r, at);
        length = (Py_ssize_t)op->low;
    } else {
        length = coer_length(r);
        if (UNLIKELY(length < 0))
            return NULL;
        if (UNLIKELY(length < op->low || (uint64_t)length > op->high))
            return coer_bad(r, COER_FAULT_SIZE, at, length, op);
    }
    PyObject *value = coer_slice(r, r->pos, length);
    r->pos += length;
    return value;
}

static PyObject *coer_read_bits(coer_reader_t *r, const coer_op_t *op)
{
    Py_ssize_t at = r->pos;

    if (op->size > r->end - at)
        return coer_cut(r, at);
    if (r->data[at + op->size - 1] & op->unused)
        return coer_bad(r, COER_FAULT_UNUSED_BITS, at, 0, NULL);
    r->pos += op->size;
    return coer_made(r, Py_BuildValue("(y#L)", (const char *)r->data + at, (Py_ssize_t)op->size, (long long)op->low));
}

static PyObject *coer_read_text(coer_reader_t *r)
{
    Py_ssize_t at = r->pos, length = coer_length(r);

    if (length < 0)
        return NULL;
    PyObject *text = PyUnicode_DecodeUTF8((const char *)r->data + r->pos, length, NULL);
    r->pos += length;
    if (text || !PyErr_ExceptionMatches(PyExc_UnicodeDecodeError))
        return coer_made(r, text);
    PyErr_Clear();
    return coer_bad(r, COER_FAULT_UTF8, at, 0, NULL);
}

#endif
