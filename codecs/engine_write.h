/* The encoder, first part: the checks of leaves, the bits of leaves, and unknown additions.
 *
 * Values of the root are written in root form, others in extension form where the type has one (BIT STRING,
 * OCTET STRING, INTEGER): what was received comes back as it was.
 */
#ifndef V2X_ENGINE_WRITE_H
#define V2X_ENGINE_WRITE_H

#include "engine_decode.h"

/* The checks of a leaf ------------------------------------------------------------------------------------ */

/* A value that its type does not have; the fault keeps it to be shown. */
ALWAYS_INLINE int wrong(fault_t *fault, int code, const op_t *op, PyObject *value, int64_t a, int64_t b, int64_t c)
{
    store_fault(fault, code, -1, a, b, c);
    fault->op = op;
    fault->object = Py_XNewRef(value);
    return -1;
}

static int integer_from(fault_t *fault, const op_t *op, PyObject *value, int64_t *number)
{
    int overflow = 0;
    int64_t low = op->flags & OP_EXTENSIBLE ? INT64_MIN : op->low;
    int64_t high = op->flags & OP_EXTENSIBLE ? INT64_MAX : op->high;

    if (!PyLong_CheckExact(value))
        return wrong(fault, FAULT_NO_INTEGER, op, value, 0, low, high);
    *number = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (overflow || *number < low || *number > high)
        return wrong(fault, FAULT_RANGE, op, value, 0, low, high);
    return 0;
}

static int enumerator_from(fault_t *fault, const op_t *op, PyObject *value, int64_t *number)
{
    for (int64_t i = 0; i <= op->high && i < 8; i++) /* most are the very object, and among the first */
        if (PyTuple_GET_ITEM(op->names, i) == value) {
            *number = i;
            return 0;
        }
    PyObject *found = PyUnicode_Check(value) ? PyDict_GetItemWithError(op->index, value) : NULL;
    if (!found) {
        if (PyErr_Occurred())
            return out_of_memory(fault);
        return wrong(fault, FAULT_NO_ENUMERATOR, op, value, 0, 0, 0);
    }
    *number = PyLong_AsLongLong(found);
    return 0;
}

/* INTEGER, ENUMERATED, BOOLEAN, NULL */
static int number_from(fault_t *fault, const op_t *op, PyObject *value, int64_t *number)
{
    switch (op->code) {
    case OP_INT:
        return integer_from(fault, op, value, number);
    case OP_ENUM:
        return enumerator_from(fault, op, value, number);
    case OP_BOOL:
        *number = value == Py_True;
        return PyBool_Check(value) ? 0 : wrong(fault, FAULT_NO_BOOLEAN, op, value, 0, 0, 0);
    default:
        *number = 0;
        return value == Py_None ? 0 : wrong(fault, FAULT_NO_NULL, op, value, 0, 0, 0);
    }
}

static int size_is_right(const op_t *op, int64_t size)
{
    return op->flags & OP_EXTENSIBLE || (size >= op->low && (op->high == UNBOUNDED || size <= op->high));
}

static int octets_from(fault_t *fault, const op_t *op, PyObject *value)
{
    if (!PyBytes_Check(value))
        return wrong(fault, FAULT_NO_OCTETS, op, value, 0, 0, 0);
    if (!size_is_right(op, PyBytes_GET_SIZE(value)))
        return wrong(fault, FAULT_OCTETS, op, value, PyBytes_GET_SIZE(value), op->low, op->high);
    return 0;
}

static int text_from(fault_t *fault, const op_t *op, PyObject *value)
{
    if (!PyUnicode_Check(value))
        return wrong(fault, FAULT_NO_TEXT, op, value, 0, 0, 0);
    if (!size_is_right(op, PyUnicode_GET_LENGTH(value)))
        return wrong(fault, FAULT_CHARACTERS, op, value, PyUnicode_GET_LENGTH(value), op->low, op->high);
    return PyUnicode_IS_ASCII(value) ? 0 : wrong(fault, FAULT_NOT_IA5, op, value, 0, 0, 0);
}

static int bits_are_right(fault_t *fault, const op_t *op, PyObject *octets, int64_t bits)
{
    Py_ssize_t count = PyBytes_GET_SIZE(octets);

    if (bits < 0 || bits >= 16384 || !size_is_right(op, bits))
        return wrong(fault, FAULT_BITS_COUNT, op, octets, bits, op->low, op->high);
    if (count != (bits + 7) >> 3)
        return wrong(fault, FAULT_BITS_OCTETS, op, octets, count, bits, 0);
    if (!bits_are_clean((const uint8_t *)PyBytes_AS_STRING(octets), count, bits))
        return wrong(fault, FAULT_BITS_TAIL, op, octets, bits, 0, 0);
    return 0;
}

/* (octets, number of bits); the octets are borrowed from the tuple. */
static int bits_from(fault_t *fault, const op_t *op, PyObject *value, PyObject **octets, int64_t *bits)
{
    int overflow;

    if (!PyTuple_Check(value) || PyTuple_GET_SIZE(value) != 2 || !PyBytes_Check(PyTuple_GET_ITEM(value, 0)) ||
        !PyLong_CheckExact(PyTuple_GET_ITEM(value, 1)))
        return wrong(fault, FAULT_NO_BITS, op, value, 0, 0, 0);
    *octets = PyTuple_GET_ITEM(value, 0);
    *bits = PyLong_AsLongLongAndOverflow(PyTuple_GET_ITEM(value, 1), &overflow);
    return bits_are_right(fault, op, *octets, overflow ? -1 : *bits);
}

/* The writers of a leaf ----------------------------------------------------------------------------------- */

static int write_integer(writer_t *w, const op_t *op, int64_t number)
{
    uint64_t value = (uint64_t)number;

    if (op->flags & OP_EXTENSIBLE) {
        int extended = number < op->low || number > op->high;
        if (put(w, (uint64_t)extended, 1))
            return -1;
        if (extended) {
            unsigned octets = 1; /* the fewest that keep the sign */
            while (octets < 8 && number >> (8 * octets - 1) != (number < 0 ? -1 : 0))
                octets++;
            if (put_length(w, octets))
                return -1;
            for (; octets > 0; octets--)
                if (put(w, value >> (8 * (octets - 1)), 8))
                    return -1;
            return 0;
        }
    }
    return put(w, value - (uint64_t)op->low, op->width);
}

static int write_number(writer_t *w, const op_t *op, int64_t number)
{
    switch (op->code) {
    case OP_INT:
        return write_integer(w, op, number);
    case OP_ENUM: /* the extension bit of a root enumerator is 0 */
        return put(w, (uint64_t)number, op->width + (op->flags & OP_EXTENSIBLE));
    case OP_BOOL:
        return put(w, (uint64_t)number, 1);
    default:
        return 0;
    }
}

static int write_size(writer_t *w, const op_t *op, int64_t size)
{
    if (op->flags & OP_EXTENSIBLE) {
        int extended = size < op->low || (op->high != UNBOUNDED && size > op->high);
        if (put(w, (uint64_t)extended, 1))
            return -1;
        if (extended)
            return size > MAX_MESSAGE_OCTETS ? full(w) : put_length(w, size);
    }
    if (op->high == UNBOUNDED)
        return size > MAX_MESSAGE_OCTETS ? full(w) : put_length(w, size);
    return put(w, (uint64_t)(size - op->low), op->width);
}

static int write_octets(writer_t *w, const op_t *op, const uint8_t *octets, int64_t count)
{
    return write_size(w, op, count) ? -1 : put_octets(w, octets, count);
}

static int write_bits(writer_t *w, const op_t *op, const uint8_t *octets, int64_t bits)
{
    return write_size(w, op, bits) ? -1 : put_bits(w, octets, bits);
}

static int write_text(writer_t *w, const op_t *op, PyObject *text)
{
    int64_t count = PyUnicode_GET_LENGTH(text);
    const Py_UCS1 *characters = PyUnicode_1BYTE_DATA(text);

    if (write_size(w, op, count))
        return -1;
    for (int64_t i = 0; i < count; i++)
        if (put(w, characters[i], 7))
            return -1;
    return 0;
}

/* The number of an alternative behind the root; MAX_PARTS keeps it below 64, so the short form does. */
static int write_small(writer_t *w, unsigned number)
{
    return put(w, number, 7);
}

static int write_bitmap_length(writer_t *w, unsigned count)
{
    return count <= 64 ? put(w, count - 1, 7) : put(w, 0x100 | count, 9);
}

/* Unknown additions --------------------------------------------------------------------------------------- */

/* Are these (count, ((index, octets), ...)) of additions behind the known ones, in order?  count has to cover
 * every known addition that is there, of which `last` is the last (-1: none). */
static int check_unknown(fault_t *fault, const op_t *op, PyObject *unknown, int last, int64_t *count)
{
    int64_t before = op->more - 1, index;
    int overflow;

    if (!PyTuple_CheckExact(unknown) || PyTuple_GET_SIZE(unknown) != 2 || !is_extensible(op))
        goto wrong;
    PyObject *entries = PyTuple_GET_ITEM(unknown, 1);
    if (!PyLong_CheckExact(PyTuple_GET_ITEM(unknown, 0)) || !PyTuple_CheckExact(entries))
        goto wrong;
    *count = PyLong_AsLongLongAndOverflow(PyTuple_GET_ITEM(unknown, 0), &overflow);
    if (overflow || *count < 1 || *count > MAX_ADDITIONS || last >= *count)
        goto wrong;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(entries); i++) {
        PyObject *entry = PyTuple_GET_ITEM(entries, i);
        if (!PyTuple_CheckExact(entry) || PyTuple_GET_SIZE(entry) != 2 ||
            !PyLong_CheckExact(PyTuple_GET_ITEM(entry, 0)) || !PyBytes_CheckExact(PyTuple_GET_ITEM(entry, 1)))
            goto wrong;
        index = PyLong_AsLongLongAndOverflow(PyTuple_GET_ITEM(entry, 0), &overflow);
        if (overflow || index <= before || index >= *count)
            goto wrong;
        before = index;
    }
    if (last >= 0 || PyTuple_GET_SIZE(entries) > 0)
        return 0;
wrong:
    return wrong(fault, FAULT_UNKNOWN_FORM, op, unknown, 0, 0, 0);
}

/* The bitmap: `present` are the known additions, bit 0 the first. */
static int write_bitmap(writer_t *w, const op_t *op, uint64_t present, PyObject *unknown, int64_t count)
{
    PyObject *entries = unknown ? PyTuple_GET_ITEM(unknown, 1) : NULL;
    Py_ssize_t next = 0;

    if (write_bitmap_length(w, (unsigned)count))
        return -1;
    for (int64_t i = 0; i < count; i++) {
        int set = i < op->more ? (int)(present >> i & 1) : 0;
        if (entries && next < PyTuple_GET_SIZE(entries) &&
            PyLong_AsLongLong(PyTuple_GET_ITEM(PyTuple_GET_ITEM(entries, next), 0)) == i) {
            set = 1;
            next++;
        }
        if (put(w, (uint64_t)set, 1))
            return -1;
    }
    return 0;
}

static int write_open_octets(writer_t *w, PyObject *octets)
{
    Py_ssize_t count = PyBytes_GET_SIZE(octets);
    if (count > MAX_MESSAGE_OCTETS)
        return full(w);
    return put_length(w, count) ? -1 : put_octets(w, (const uint8_t *)PyBytes_AS_STRING(octets), count);
}

static int write_unknown(writer_t *w, PyObject *unknown)
{
    PyObject *entries = unknown ? PyTuple_GET_ITEM(unknown, 1) : NULL;
    for (Py_ssize_t i = 0; entries && i < PyTuple_GET_SIZE(entries); i++)
        if (write_open_octets(w, PyTuple_GET_ITEM(PyTuple_GET_ITEM(entries, i), 1)))
            return -1;
    return 0;
}

#endif
