/* The encoder, third part: from asn1tools' form, which anybody may have made and which is checked.
 *
 * Recursion is bounded by the table (MAX_DEPTH): a value that nests deeper than its type has a fault.
 */
#ifndef V2X_ENGINE_OBJECT_H
#define V2X_ENGINE_OBJECT_H

#include "engine_write.h"

/* From asn1tools' form ------------------------------------------------------------------------------------ */

static int encode_object(writer_t *w, const op_t *op, PyObject *value);

static int encode_open_object(writer_t *w, const op_t *op, PyObject *value)
{
    int64_t start;
    return open_begin(w, &start) || encode_object(w, op, value) ? -1 : open_end(w, start);
}

static int encode_object_part(writer_t *w, const part_t *part, PyObject *value, int open)
{
    int failed = open ? encode_open_object(w, part->op, value) : encode_object(w, part->op, value);
    return UNLIKELY(failed) ? step_out(&w->fault, part, 0) : 0;
}

static int find_part(writer_t *w, PyObject *dict, PyObject *name, PyObject **value)
{
    *value = PyDict_GetItemWithError(dict, name);
    return !*value && PyErr_Occurred() ? out_of_memory(&w->fault) : 0;
}

/* The name of a member that the type does not have. */
static int find_stranger(writer_t *w, const op_t *op, PyObject *dict)
{
    PyObject *name, *value;
    Py_ssize_t at = 0;

    while (PyDict_Next(dict, &at, &name, &value)) {
        PyObject *held = Py_NewRef(name);
        int known = PyDict_Contains(op->index, held);
        if (known == 0 && is_extensible(op))
            known = PyObject_RichCompareBool(held, w->table->unknown_key, Py_EQ);
        if (known < 0) {
            Py_DECREF(held);
            return out_of_memory(&w->fault);
        }
        if (known == 0) {
            wrong(&w->fault, FAULT_NO_MEMBER, op, held, 0, 0, 0);
            Py_DECREF(held);
            return -1;
        }
        Py_DECREF(held);
    }
    return 0;
}

/* The parts that a dict has.  The references are strong: a look-up can run code of the caller's (a key with its own
 * __eq__), which may change the dict. */
typedef struct {
    uint64_t present; /* bit i: part i */
    PyObject *unknown;
    PyObject *values[MAX_PARTS];
} found_t;

static void drop_found(found_t *found)
{
    uint64_t left = found->present;
    for (unsigned i = 0; left; i++, left >>= 1)
        if (left & 1)
            Py_DECREF(found->values[i]);
    Py_XDECREF(found->unknown);
}

/* Faults as ranges.py finds them: first what is missing, then what is not known. */
static int look_through(writer_t *w, const op_t *op, PyObject *dict, found_t *found)
{
    const part_t *parts = w->table->parts + op->first;
    unsigned count = (unsigned)op->count + op->more;
    Py_ssize_t seen = 0;
    PyObject *value;

    for (unsigned i = 0; i < count; i++) {
        /* When all that the dict has was found, nothing more needs to be looked for. */
        value = NULL;
        if (seen < PyDict_GET_SIZE(dict) && find_part(w, dict, parts[i].name, &value))
            return -1;
        if (value) {
            found->present |= (uint64_t)1 << i;
            found->values[i] = Py_NewRef(value);
            seen++;
        } else if (!(parts[i].flags & PART_OPTIONAL)) {
            wrong(&w->fault, FAULT_MISSING, op, NULL, 0, 0, 0);
            return step_out(&w->fault, &parts[i], 0);
        }
    }
    if (LIKELY(seen == PyDict_GET_SIZE(dict)))
        return 0;
    if (is_extensible(op)) {
        if (find_part(w, dict, w->table->unknown_key, &value))
            return -1;
        found->unknown = Py_XNewRef(value);
        seen += value != NULL;
    }
    return seen == PyDict_GET_SIZE(dict) ? 0 : find_stranger(w, op, dict);
}

static int encode_found(writer_t *w, const op_t *op, const found_t *found, unsigned at)
{
    const part_t *part = w->table->parts + op->first + at;
    PyObject *value = found->values[at];

    if (part->flags & PART_SELECTOR && number_from(&w->fault, part->op, value, &w->selector))
        return step_out(&w->fault, part, 0);
    return encode_object_part(w, part, value, at >= op->count);
}

static int encode_dict_additions(writer_t *w, const op_t *op, const found_t *found)
{
    uint64_t present = found->present >> op->count;
    int64_t count = op->more;
    int last = -1;

    for (unsigned i = 0; i < op->more; i++)
        last = present >> i & 1 ? (int)i : last;
    if (found->unknown && check_unknown(&w->fault, op, found->unknown, last, &count))
        return -1;
    if (write_bitmap(w, op, present, found->unknown, count))
        return -1;
    for (unsigned i = 0; i < op->more; i++)
        if (present >> i & 1 && encode_found(w, op, found, op->count + i))
            return -1;
    return write_unknown(w, found->unknown);
}

static int encode_dict_parts(writer_t *w, const op_t *op, const found_t *found)
{
    const part_t *parts = w->table->parts + op->first;
    int extended = is_extensible(op) && (found->present >> op->count || found->unknown);
    uint64_t preamble = (uint64_t)extended;

    for (unsigned i = 0; i < op->count; i++)
        if (parts[i].flags & PART_OPTIONAL)
            preamble = preamble << 1 | (found->present >> i & 1);
    if (put(w, preamble, op->width))
        return -1;
    for (unsigned i = 0; i < op->count; i++)
        if (found->present >> i & 1 && encode_found(w, op, found, i))
            return -1;
    return extended ? encode_dict_additions(w, op, found) : 0;
}

static int encode_dict(writer_t *w, const op_t *op, PyObject *dict)
{
    found_t found;

    if (!PyDict_Check(dict))
        return wrong(&w->fault, FAULT_NO_OBJECT, op, dict, 0, 0, 0);
    found.present = 0;
    found.unknown = NULL;
    int failed = look_through(w, op, dict, &found) || encode_dict_parts(w, op, &found);
    drop_found(&found);
    return failed ? -1 : 0;
}

static int encode_pair(writer_t *w, const op_t *op, PyObject *value)
{
    if (!PyTuple_Check(value) || PyTuple_GET_SIZE(value) != 2)
        return wrong(&w->fault, FAULT_NO_CHOICE, op, value, 0, 0, 0);
    PyObject *name = PyTuple_GET_ITEM(value, 0);
    PyObject *found = PyUnicode_Check(name) ? PyDict_GetItemWithError(op->index, name) : NULL;
    if (!found)
        return PyErr_Occurred() ? out_of_memory(&w->fault)
                                : wrong(&w->fault, FAULT_NO_ALTERNATIVE, op, name, 0, 0, 0);
    unsigned at = (unsigned)PyLong_AsUnsignedLong(found);
    int open = at >= op->count;

    if (is_extensible(op) && put(w, (uint64_t)open, 1))
        return -1;
    if (open ? write_small(w, at - op->count) : put(w, at, op->width))
        return -1;
    return encode_object_part(w, w->table->parts + op->first + at, PyTuple_GET_ITEM(value, 1), open);
}

static int encode_elements(writer_t *w, const op_t *op, PyObject *list)
{
    const op_t *element = w->table->ops + op->first;

    if (!PyList_Check(list))
        return wrong(&w->fault, FAULT_NO_LIST, op, list, 0, 0, 0);
    Py_ssize_t count = PyList_GET_SIZE(list);
    if (!size_is_right(op, count))
        return wrong(&w->fault, FAULT_COUNT, op, list, count, op->low, op->high);
    if (write_size(w, op, count))
        return -1;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (PyList_GET_SIZE(list) != count) /* changed by code that a look-up ran */
            return wrong(&w->fault, FAULT_NO_LIST, op, list, 0, 0, 0);
        PyObject *item = Py_NewRef(PyList_GET_ITEM(list, i));
        int failed = encode_object(w, element, item);
        Py_DECREF(item);
        if (failed)
            return step_out(&w->fault, NULL, i);
    }
    return 0;
}

/* The open type behind a messageId: the message, or the octets of one that is not known. */
static int encode_open_message(writer_t *w, PyObject *value)
{
    const op_t *known = message_op(w->table, w->selector);

    if (known)
        return encode_open_object(w, known, value);
    if (!PyBytes_Check(value))
        return wrong(&w->fault, FAULT_MESSAGE, NULL, value, w->selector, 0, 0);
    return write_open_octets(w, value);
}

static int encode_object(writer_t *w, const op_t *op, PyObject *value)
{
    PyObject *octets;
    int64_t number;

    switch (op->code) {
    case OP_SEQ:
        return encode_dict(w, op, value);
    case OP_CHOICE:
        return encode_pair(w, op, value);
    case OP_LIST:
        return encode_elements(w, op, value);
    case OP_BITS:
        if (bits_from(&w->fault, op, value, &octets, &number))
            return -1;
        return write_bits(w, op, (const uint8_t *)PyBytes_AS_STRING(octets), number);
    case OP_OCTETS:
        if (octets_from(&w->fault, op, value))
            return -1;
        return write_octets(w, op, (const uint8_t *)PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value));
    case OP_TEXT:
        return text_from(&w->fault, op, value) ? -1 : write_text(w, op, value);
    case OP_OPEN:
        return encode_open_message(w, value);
    default:
        return number_from(&w->fault, op, value, &number) ? -1 : write_number(w, op, number);
    }
}

#endif
