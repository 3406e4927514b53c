/* COER, sixth part: dict, list and (name, value) into octets. */
#ifndef V2X_ENGINE_COER_VALUES_H
#define V2X_ENGINE_COER_VALUES_H

#include "engine_coer_write.h"

/* A value in its own octets: an octet is kept for the length, a longer length moves the value. */
static int coer_write_open(coer_writer_t *w, const coer_op_t *op, PyObject *value, int depth)
{
    Py_ssize_t begin = w->pos;

    if (!coer_take(w, 1) || coer_write(w, op, value, depth))
        return -1;
    Py_ssize_t length = w->pos - begin - 1, more = length < 0x80 ? 0 : coer_unsigned_octets((uint64_t)length);
    if (more && !coer_take(w, more))
        return -1;
    uint8_t *at = w->octets + begin;
    if (more)
        memmove(at + 1 + more, at + 1, (size_t)length);
    at[0] = (uint8_t)(more ? 0x80 + more : length);
    for (; more > 0; length >>= 8)
        at[more--] = (uint8_t)length;
    return 0;
}

/* (number, octets): an addition or alternative without a name.  1 if it is such a pair. */
static int coer_is_numbered(PyObject *pair, int64_t *number)
{
    const char *octets;
    Py_ssize_t length;
    int overflow;

    if (!PyTuple_CheckExact(pair) || PyTuple_GET_SIZE(pair) != 2 || !PyLong_CheckExact(PyTuple_GET_ITEM(pair, 0)) ||
        !coer_octets_of(PyTuple_GET_ITEM(pair, 1), &octets, &length))
        return 0;
    *number = PyLong_AsLongLongAndOverflow(PyTuple_GET_ITEM(pair, 0), &overflow); /* -1 for what is too large */
    return 1;
}

static int coer_write_numbered(coer_writer_t *w, PyObject *pair)
{
    const char *octets;
    Py_ssize_t length;

    coer_octets_of(PyTuple_GET_ITEM(pair, 1), &octets, &length);
    return coer_write_length(w, length) ? -1 : coer_copy(w, octets, length);
}

/* SEQUENCE ------------------------------------------------------------------------------------------------ */

typedef struct {
    PyObject *values[COER_MAX_FIELDS]; /* borrowed; NULL: not given */
    PyObject *unknown;                 /* what stands under "..." */
} coer_given_t;

/* The fields of a dict, all of them known.  Mostly they stand in the table's order under the very same names. */
static int coer_look_through(coer_writer_t *w, const coer_op_t *op, PyObject *dict, coer_given_t *given)
{
    const coer_field_t *fields = w->table->fields + op->first;
    Py_ssize_t at = 0, count = (Py_ssize_t)op->count + op->more, next = 0, found;
    PyObject *name, *value;

    memset(given->values, 0, (size_t)count * sizeof *given->values);
    given->unknown = NULL;
    while (PyDict_Next(dict, &at, &name, &value)) {
        for (found = next; found < count && fields[found].name != name; found++)
            ;
        if (UNLIKELY(found == count)) {
            if (!PyUnicode_CheckExact(name))
                return coer_wrong(w, COER_FAULT_VALUE_NO_FIELD, 0, NULL, name);
            found = coer_look_up(op->index, name);
            if (found == -2)
                return coer_wrong_python(w);
            if (found < 0 && PyUnicode_Compare(name, w->table->unknown_key) != 0)
                return coer_wrong(w, COER_FAULT_VALUE_NO_FIELD, 0, NULL, name);
        } else {
            next = found + 1;
        }
        *(found < 0 ? &given->unknown : &given->values[found]) = value;
    }
    return 0;
}

/* What stands under "...": (bits of the presence bit string, ((index, octets), ...)).  Sets their bits. */
static int coer_check_unknown(coer_writer_t *w, const coer_op_t *op, PyObject *given, Py_ssize_t *count, uint8_t *bits)
{
    int64_t number, lowest = op->more;
    int overflow;

    if (!(op->flags & COER_EXTENSIBLE) || !PyTuple_CheckExact(given) || PyTuple_GET_SIZE(given) != 2 ||
        !PyLong_CheckExact(PyTuple_GET_ITEM(given, 0)) || !PyTuple_CheckExact(PyTuple_GET_ITEM(given, 1)))
        return coer_wrong(w, COER_FAULT_VALUE_ADDITIONS, 0, NULL, NULL);
    int64_t all = PyLong_AsLongLongAndOverflow(PyTuple_GET_ITEM(given, 0), &overflow);
    if (all < 1 || all > COER_MAX_ADDITIONS)
        return coer_wrong(w, COER_FAULT_VALUE_ADDITIONS, 0, NULL, NULL);
    PyObject *unknown = PyTuple_GET_ITEM(given, 1);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(unknown); i++) {
        PyObject *pair = PyTuple_GET_ITEM(unknown, i);
        if (!coer_is_numbered(pair, &number))
            return coer_wrong(w, COER_FAULT_VALUE_ADDITIONS, 0, NULL, NULL);
        if (number < lowest || number >= all)
            return coer_wrong(w, COER_FAULT_VALUE_ADDITION, 0, NULL, PyTuple_GET_ITEM(pair, 0));
        bits[number >> 3] |= (uint8_t)(0x80 >> (number & 7));
        lowest = number + 1;
    }
    *count = (Py_ssize_t)all;
    return 0;
}

static int coer_write_added(coer_writer_t *w, const coer_op_t *op, const coer_given_t *given, int depth)
{
    const coer_field_t *field = w->table->fields + op->first + op->count;

    for (unsigned i = 0; i < op->more; i++) {
        PyObject *value = given->values[op->count + i];
        if (value && coer_write_open(w, field[i].op, value, depth - 1)) {
            coer_step_out(&w->fault, field[i].name, 0);
            return -1;
        }
    }
    PyObject *unknown = given->unknown ? PyTuple_GET_ITEM(given->unknown, 1) : w->table->no_arguments;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(unknown); i++)
        if (coer_write_numbered(w, PyTuple_GET_ITEM(unknown, i)))
            return -1;
    return 0;
}

/* Additions, if there are any; *any says so. */
static int coer_write_additions(coer_writer_t *w, const coer_op_t *op, const coer_given_t *given, int depth, int *any)
{
    uint8_t bits[COER_MAX_ADDITIONS / 8] = {0};
    Py_ssize_t count = op->more, last = -1;

    *any = 0;
    if (given->unknown && coer_check_unknown(w, op, given->unknown, &count, bits))
        return -1;
    for (Py_ssize_t i = 0; i < op->more; i++)
        if (given->values[op->count + i]) {
            bits[i >> 3] |= (uint8_t)(0x80 >> (i & 7));
            last = i;
        }
    if (last >= count) {
        PyObject *number = PyLong_FromSsize_t(last);
        int failed = number ? coer_wrong(w, COER_FAULT_VALUE_ADDITION, 0, NULL, number) : coer_wrong_python(w);
        Py_XDECREF(number);
        return failed;
    }
    *any = last >= 0 || (given->unknown && PyTuple_GET_SIZE(PyTuple_GET_ITEM(given->unknown, 1)) > 0);
    if (!*any)
        return 0;
    Py_ssize_t size = (count + 7) / 8;
    uint8_t *to = coer_take(w, size + 2);
    if (!to)
        return -1;
    to[0] = (uint8_t)(size + 1);
    to[1] = (uint8_t)(8 * size - count);
    memcpy(to + 2, bits, (size_t)size);
    return coer_write_added(w, op, given, depth);
}

/* A field of the root that is given: 1 if it is written, 0 if it has its DEFAULT, -1. */
static int coer_write_field(coer_writer_t *w, const coer_field_t *field, PyObject *value, int depth)
{
    Py_ssize_t mark = w->pos;

    if (UNLIKELY(coer_write(w, field->op, value, depth)))
        return -1;
    if (field->value && w->pos - mark == PyBytes_GET_SIZE(field->octets) &&
        !memcmp(w->octets + mark, PyBytes_AS_STRING(field->octets), (size_t)(w->pos - mark))) {
        w->pos = mark;
        return 0;
    }
    return 1;
}

static int coer_write_sequence(coer_writer_t *w, const coer_op_t *op, PyObject *value, int depth)
{
    const coer_field_t *fields = w->table->fields + op->first;
    Py_ssize_t begin = w->pos;
    uint64_t bits = 0;
    coer_given_t given;
    int any = 0;

    if (UNLIKELY(depth <= 0))
        return coer_wrong(w, COER_FAULT_VALUE_DEPTH, 0, NULL, NULL);
    if (UNLIKELY(!PyDict_Check(value)))
        return coer_wrong(w, COER_FAULT_VALUE_NO_DICT, 0, NULL, value);
    if (coer_look_through(w, op, value, &given) || coer_write_number(w, 0, op->size))
        return -1;
    for (unsigned i = 0; i < op->count; i++) {
        int wrote = 0;
        if (given.values[i])
            wrote = coer_write_field(w, &fields[i], given.values[i], depth - 1);
        else if (UNLIKELY(!fields[i].mask))
            wrote = coer_wrong(w, COER_FAULT_VALUE_MISSING, 0, NULL, NULL);
        if (UNLIKELY(wrote < 0)) {
            coer_step_out(&w->fault, fields[i].name, 0);
            return -1;
        }
        bits |= wrote ? fields[i].mask : 0;
    }
    if ((given.unknown || op->more) && UNLIKELY(coer_write_additions(w, op, &given, depth, &any))) {
        coer_step_out(&w->fault, w->table->unknown_key, 0);
        return -1;
    }
    if (any)
        bits |= (uint64_t)1 << (8 * op->size - 1);
    for (Py_ssize_t i = op->size; i > 0; bits >>= 8)
        w->octets[begin + --i] = (uint8_t)bits;
    return 0;
}

/* SEQUENCE OF, CHOICE ------------------------------------------------------------------------------------- */

static int coer_write_list(coer_writer_t *w, const coer_op_t *op, PyObject *value, int depth)
{
    if (UNLIKELY(depth <= 0))
        return coer_wrong(w, COER_FAULT_VALUE_DEPTH, 0, NULL, NULL);
    int fits = PyList_CheckExact(value) || PyTuple_CheckExact(value);
    Py_ssize_t count = fits ? PySequence_Fast_GET_SIZE(value) : 0;
    if (!fits || count < op->low || count > (int64_t)op->high)
        return coer_wrong(w, COER_FAULT_VALUE_LIST, 0, op, NULL);
    Py_ssize_t size = coer_unsigned_octets((uint64_t)count);
    if (coer_write_led(w, (uint8_t)size, (uint64_t)count, size))
        return -1;
    for (Py_ssize_t i = 0; i < count; i++)
        if (coer_write(w, w->table->ops + op->first, PySequence_Fast_GET_ITEM(value, i), depth - 1)) {
            coer_step_out(&w->fault, NULL, i);
            return -1;
        }
    return 0;
}

static int coer_write_alternative(coer_writer_t *w, const coer_op_t *op, PyObject *name, PyObject *inner)
{
    int64_t tag;

    if (!(op->flags & COER_EXTENSIBLE) || !PyUnicode_Check(name) || PyUnicode_Compare(name, w->table->unknown_key) != 0)
        return coer_wrong(w, COER_FAULT_VALUE_ALTERNATIVE, 0, NULL, name);
    if (!coer_is_numbered(inner, &tag) || tag < op->count + op->more || tag >= COER_MAX_TAGS)
        return coer_wrong(w, COER_FAULT_VALUE_UNKNOWN, 0, NULL, NULL);
    return coer_write_number(w, (uint64_t)(0x80 + tag), 1) ? -1 : coer_write_numbered(w, inner);
}

static int coer_write_choice(coer_writer_t *w, const coer_op_t *op, PyObject *value, int depth)
{
    const coer_field_t *fields = w->table->fields + op->first;
    Py_ssize_t count = (Py_ssize_t)op->count + op->more, tag;

    if (UNLIKELY(depth <= 0))
        return coer_wrong(w, COER_FAULT_VALUE_DEPTH, 0, NULL, NULL);
    if (UNLIKELY(!PyTuple_CheckExact(value) || PyTuple_GET_SIZE(value) != 2))
        return coer_wrong(w, COER_FAULT_VALUE_NO_CHOICE, 0, NULL, NULL);
    PyObject *name = PyTuple_GET_ITEM(value, 0), *inner = PyTuple_GET_ITEM(value, 1);
    for (tag = 0; tag < count && fields[tag].name != name; tag++)
        ;
    if (tag == count)
        tag = PyUnicode_Check(name) ? coer_look_up(op->index, name) : -1;
    if (UNLIKELY(tag < 0))
        return tag == -2 ? coer_wrong_python(w) : coer_write_alternative(w, op, name, inner);
    if (coer_write_number(w, (uint64_t)(0x80 + tag), 1))
        return -1;
    const coer_op_t *chosen = fields[tag].op;
    int failed = tag < op->count ? coer_write(w, chosen, inner, depth - 1) : coer_write_open(w, chosen, inner, depth - 1);
    if (UNLIKELY(failed))
        coer_step_out(&w->fault, fields[tag].name, 0);
    return failed;
}

static int coer_write(coer_writer_t *w, const coer_op_t *op, PyObject *value, int depth)
{
    switch (op->code) {
    case COER_INTEGER:
        return coer_write_integer(w, op, value);
    case COER_BIG:
        return coer_write_big(w, op, value);
    case COER_ENUM:
        return coer_write_enumerated(w, op, value);
    case COER_OCTETS:
        return coer_write_octets(w, op, value);
    case COER_BITS:
        return coer_write_bits(w, op, value);
    case COER_UTF8:
        return coer_write_text(w, value);
    case COER_SEQ:
        return coer_write_sequence(w, op, value, depth);
    case COER_LIST:
        return coer_write_list(w, op, value, depth);
    case COER_CHOICE:
        return coer_write_choice(w, op, value, depth);
    default:
        return value == Py_None ? 0 : coer_wrong(w, COER_FAULT_VALUE_NULL, 0, NULL, value);
    }
}

#endif
