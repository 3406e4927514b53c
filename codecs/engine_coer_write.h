/* COER, fifth part: Python values into octets.
 *
 * Anybody may have made the values, so they are checked wholly; no code of theirs runs.  Keys are exact str, dict,
 * tuple and list are read as what they are underneath, so nothing changes while it is written and references may be
 * borrowed.  Functions give 0, or -1 with the fault stored.
 */
#ifndef V2X_ENGINE_COER_WRITE_H
#define V2X_ENGINE_COER_WRITE_H

#include "engine_coer_read.h"

#define COER_FIRST_OCTETS 1024 /* an own message with its certificate; what is longer is written on the heap */

typedef struct {
    uint8_t *octets;        /* `first`, or memory of `room` octets */
    Py_ssize_t pos, room;
    const coer_table_t *table;
    coer_fault_t fault;
    uint8_t first[COER_FIRST_OCTETS];
} coer_writer_t;

static int coer_write(coer_writer_t *w, const coer_op_t *op, PyObject *value, int depth);

static COLD int coer_wrong(coer_writer_t *w, int code, int64_t a, const coer_op_t *op, PyObject *value)
{
    coer_store(&w->fault, code, -1, a, op, value);
    return -1;
}

static COLD int coer_wrong_python(coer_writer_t *w)
{
    coer_store_python(&w->fault);
    return -1;
}

/* Room for `count` octets more. */
static COLD int coer_grow(coer_writer_t *w, Py_ssize_t count)
{
    if (count > COER_MAX_OCTETS - w->pos)
        return coer_wrong(w, COER_FAULT_VALUE_FULL, 0, NULL, NULL);
    Py_ssize_t room = 2 * (w->pos + count);
    uint8_t *held = w->octets == w->first ? NULL : w->octets;
    uint8_t *octets = PyMem_Realloc(held, (size_t)room);
    if (!octets) {
        PyErr_NoMemory();
        return coer_wrong_python(w);
    }
    if (!held)
        memcpy(octets, w->first, (size_t)w->pos);
    w->octets = octets;
    w->room = room;
    return 0;
}

/* Where the next `count` octets go, or NULL. */
ALWAYS_INLINE uint8_t *coer_take(coer_writer_t *w, Py_ssize_t count)
{
    if (UNLIKELY(count > w->room - w->pos || count > COER_MAX_OCTETS - w->pos) && coer_grow(w, count))
        return NULL;
    w->pos += count;
    return w->octets + w->pos - count;
}

static int coer_copy(coer_writer_t *w, const void *from, Py_ssize_t count)
{
    uint8_t *to = coer_take(w, count);
    if (UNLIKELY(!to))
        return -1;
    memcpy(to, from, (size_t)count);
    return 0;
}

/* A number in so many octets. */
static int coer_write_number(coer_writer_t *w, uint64_t number, Py_ssize_t count)
{
    uint8_t *to = coer_take(w, count);
    if (UNLIKELY(!to))
        return -1;
    for (; count > 0; number >>= 8)
        to[--count] = (uint8_t)number;
    return 0;
}

/* A lead octet, then a number in so many octets. */
static int coer_write_led(coer_writer_t *w, uint8_t lead, uint64_t number, Py_ssize_t count)
{
    uint8_t *to = coer_take(w, count + 1);
    if (UNLIKELY(!to))
        return -1;
    for (to[0] = lead; count > 0; number >>= 8)
        to[count--] = (uint8_t)number;
    return 0;
}

static int coer_write_length(coer_writer_t *w, Py_ssize_t length)
{
    if (LIKELY(length < 0x80))
        return coer_write_number(w, (uint64_t)length, 1);
    Py_ssize_t count = coer_unsigned_octets((uint64_t)length);
    return coer_write_led(w, (uint8_t)(0x80 + count), (uint64_t)length, count);
}

/* bytes or bytearray. */
static int coer_octets_of(PyObject *value, const char **octets, Py_ssize_t *length)
{
    if (PyBytes_Check(value)) {
        *octets = PyBytes_AS_STRING(value);
        *length = PyBytes_GET_SIZE(value);
        return 1;
    }
    if (PyByteArray_Check(value)) {
        *octets = PyByteArray_AS_STRING(value);
        *length = PyByteArray_GET_SIZE(value);
        return 1;
    }
    return 0;
}

/* Leaves -------------------------------------------------------------------------------------------------- */

static int coer_write_integer(coer_writer_t *w, const coer_op_t *op, PyObject *value)
{
    uint64_t number = 0;
    int overflow = 0, inside = 0;

    if (PyLong_Check(value)) {
        long long read = PyLong_AsLongLongAndOverflow(value, &overflow);
        number = (uint64_t)read;
        if (op->flags & COER_SIGNED) {
            inside = !overflow && read >= op->low && read <= (int64_t)op->high;
        } else if (!overflow) {
            inside = read >= op->low && number <= op->high;
        } else if (overflow > 0) {
            number = PyLong_AsUnsignedLongLong(value);
            inside = !PyErr_Occurred() && number <= op->high;
            PyErr_Clear();
        }
    }
    return LIKELY(inside) ? coer_write_number(w, number, op->size)
                          : coer_wrong(w, COER_FAULT_VALUE_RANGE, 0, op, value);
}

static int coer_write_big(coer_writer_t *w, const coer_op_t *op, PyObject *value)
{
    int overflow = 0, is_signed = op->flags & COER_SIGNED, inside = 0;
    uint64_t number = 0;

    if (PyLong_Check(value)) {
        long long read = PyLong_AsLongLongAndOverflow(value, &overflow);
        number = (uint64_t)read;
        inside = !overflow && (is_signed || read >= 0);
        if (!is_signed && overflow > 0) {
            number = PyLong_AsUnsignedLongLong(value);
            inside = !PyErr_Occurred();
            PyErr_Clear();
        }
    }
    if (UNLIKELY(!inside))
        return coer_wrong(w, is_signed ? COER_FAULT_VALUE_INTEGER : COER_FAULT_VALUE_UNSIGNED, 0, NULL, value);
    Py_ssize_t count = is_signed ? coer_signed_octets((int64_t)number) : coer_unsigned_octets(number);
    return coer_write_led(w, (uint8_t)count, number, count);
}

/* The number that an index has for a text, -1 for none, -2 for a Python exception.  The exact copy of an instance of
 * a class derived from str has neither its hash nor its comparison. */
static Py_ssize_t coer_look_up(PyObject *index, PyObject *text)
{
    PyObject *exact = PyUnicode_CheckExact(text) ? Py_NewRef(text) : PyUnicode_FromObject(text);
    PyObject *found = exact ? PyDict_GetItemWithError(index, exact) : NULL;
    Py_ssize_t number = found ? PyLong_AsSsize_t(found) : PyErr_Occurred() ? -2 : -1;
    Py_XDECREF(exact);
    return number;
}

static int coer_write_enumerated(coer_writer_t *w, const coer_op_t *op, PyObject *value)
{
    int64_t number = -1;
    int overflow = 0, known = 0;

    if (LIKELY(PyUnicode_Check(value))) {
        number = coer_look_up(op->index, value);
        if (number == -2)
            return coer_wrong_python(w);
        known = number >= 0;
    } else if (op->flags & COER_EXTENSIBLE && PyLong_Check(value)) {
        number = PyLong_AsLongLongAndOverflow(value, &overflow);
        known = !overflow && number >= INT32_MIN && number <= INT32_MAX &&
                (number < 0 || number >= PyTuple_GET_SIZE(op->names));
    }
    if (!known)
        return coer_wrong(w, COER_FAULT_VALUE_ENUM, 0, NULL, value);
    if (LIKELY(number >= 0 && number < 0x80))
        return coer_write_number(w, (uint64_t)number, 1);
    Py_ssize_t count = coer_signed_octets(number);
    return coer_write_led(w, (uint8_t)(0x80 + count), (uint64_t)number, count);
}

static int coer_write_octets(coer_writer_t *w, const coer_op_t *op, PyObject *value)
{
    const char *octets;
    Py_ssize_t length;

    if (UNLIKELY(!coer_octets_of(value, &octets, &length)))
        return coer_wrong(w, COER_FAULT_VALUE_NO_OCTETS, 0, NULL, value);
    if (UNLIKELY(length < op->low || (uint64_t)length > op->high))
        return coer_wrong(w, COER_FAULT_VALUE_SIZE, length, op, NULL);
    if (op->low != (int64_t)op->high && coer_write_length(w, length))
        return -1;
    return coer_copy(w, octets, length);
}

static int coer_write_bits(coer_writer_t *w, const coer_op_t *op, PyObject *value)
{
    int overflow;

    if (!PyTuple_CheckExact(value) || PyTuple_GET_SIZE(value) != 2 || !PyLong_CheckExact(PyTuple_GET_ITEM(value, 1)) ||
        PyLong_AsLongLongAndOverflow(PyTuple_GET_ITEM(value, 1), &overflow) != op->low)
        return coer_wrong(w, COER_FAULT_VALUE_NO_BITS, op->low, NULL, NULL);
    PyObject *octets = PyTuple_GET_ITEM(value, 0);
    if (!PyBytes_CheckExact(octets) || PyBytes_GET_SIZE(octets) != op->size)
        return coer_wrong(w, COER_FAULT_VALUE_BITS_SIZE, op->low, NULL, NULL);
    if ((uint8_t)PyBytes_AS_STRING(octets)[op->size - 1] & op->unused)
        return coer_wrong(w, COER_FAULT_VALUE_UNUSED_BITS, 0, NULL, NULL);
    return coer_copy(w, PyBytes_AS_STRING(octets), op->size);
}

static int coer_write_text(coer_writer_t *w, PyObject *value)
{
    Py_ssize_t length;

    if (!PyUnicode_Check(value))
        return coer_wrong(w, COER_FAULT_VALUE_NO_TEXT, 0, NULL, value);
    const char *octets = PyUnicode_AsUTF8AndSize(value, &length);
    if (!octets) {
        if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
            return coer_wrong_python(w);
        PyErr_Clear();
        return coer_wrong(w, COER_FAULT_VALUE_UTF8, 0, NULL, NULL);
    }
    return coer_write_length(w, length) ? -1 : coer_copy(w, octets, length);
}

#endif
