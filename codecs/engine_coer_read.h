/* COER, fourth part: SEQUENCE, SEQUENCE OF and CHOICE into Record, list and (name, value).
 *
 * A SEQUENCE's record is made without running Python code: dict's own `tp_new`, and the slot of `octets` written
 * straight, at the offset that coer_load_record() has checked.
 */
#ifndef V2X_ENGINE_COER_READ_H
#define V2X_ENGINE_COER_READ_H

#include "engine_coer_leaves.h"

static PyObject *coer_read(coer_reader_t *r, const coer_op_t *op, int depth);

/* A value in its own octets: length, value, nothing behind it. */
static PyObject *coer_read_open(coer_reader_t *r, const coer_op_t *op, int depth)
{
    Py_ssize_t outer = r->end, length = coer_length(r);

    if (length < 0)
        return NULL;
    r->end = r->pos + length;
    PyObject *value = coer_read(r, op, depth);
    Py_ssize_t rest = r->end - r->pos;
    r->end = outer;
    if (UNLIKELY(value && rest)) {
        Py_DECREF(value);
        return coer_bad(r, COER_FAULT_OPEN_REST, r->pos, rest, NULL);
    }
    return value;
}

static int coer_put(coer_reader_t *r, PyObject *record, PyObject *name, PyObject *value)
{
    if (LIKELY(PyDict_SetItem(record, name, value) == 0))
        return 0;
    coer_store_python(&r->fault);
    return -1;
}

/* (index, octets) of an addition that has no name here, onto the list. */
static int coer_read_unknown(coer_reader_t *r, Py_ssize_t index, PyObject **unknown)
{
    Py_ssize_t length = coer_length(r);

    if (length < 0)
        return -1;
    PyObject *pair = Py_BuildValue("(ny#)", index, (const char *)r->data + r->pos, length);
    if (!*unknown)
        *unknown = PyList_New(0);
    int failed = !pair || !*unknown || PyList_Append(*unknown, pair) < 0;
    Py_XDECREF(pair);
    r->pos += length;
    if (failed)
        coer_store_python(&r->fault);
    return failed ? -1 : 0;
}

/* The presence bit string; -1, or the number of its bits, which stand from *bits on. */
static Py_ssize_t coer_read_presence(coer_reader_t *r, const uint8_t **bits)
{
    Py_ssize_t at = r->pos, length = coer_length(r);
    uint8_t any = 0;

    if (length < 0)
        return -1;
    if (length < 2) {
        coer_bad(r, COER_FAULT_PRESENCE_EMPTY, at, 0, NULL);
        return -1;
    }
    const uint8_t *octets = r->data + r->pos;
    for (Py_ssize_t i = 1; i < length && !any; i++)
        any |= octets[i];
    if (octets[0] > 7 || octets[length - 1] & ((1 << octets[0]) - 1) || !any) {
        coer_bad(r, COER_FAULT_PRESENCE_FORM, at, 0, NULL);
        return -1;
    }
    Py_ssize_t count = 8 * (length - 1) - octets[0];
    if (count > COER_MAX_ADDITIONS) {
        coer_bad(r, COER_FAULT_ADDITIONS, at, count, NULL);
        return -1;
    }
    r->pos += length;
    *bits = octets + 1;
    return count;
}

static int coer_read_addition(coer_reader_t *r, const coer_field_t *field, PyObject *record, int depth)
{
    PyObject *value = coer_read_open(r, field->op, depth);

    if (!value) {
        coer_step_out(&r->fault, field->name, 0);
        return -1;
    }
    int failed = coer_put(r, record, field->name, value);
    Py_DECREF(value);
    return failed;
}

static int coer_read_additions(coer_reader_t *r, const coer_op_t *op, PyObject *record, int depth)
{
    const coer_field_t *fields = r->table->fields + op->first + op->count;
    const uint8_t *bits;
    PyObject *unknown = NULL;
    Py_ssize_t count = coer_read_presence(r, &bits);
    int failed = count < 0;

    for (Py_ssize_t i = 0; i < count && !failed; i++)
        if (bits[i >> 3] & 0x80 >> (i & 7))
            failed = i < op->more ? coer_read_addition(r, &fields[i], record, depth - 1)
                                  : coer_read_unknown(r, i, &unknown);
    if (!failed && (unknown || count != op->more)) {
        PyObject *all = unknown ? PyList_AsTuple(unknown) : Py_NewRef(r->table->no_arguments);
        PyObject *pair = all ? Py_BuildValue("(nN)", count, all) : NULL;
        if (!pair)
            coer_store_python(&r->fault);
        failed = !pair || coer_put(r, record, r->table->unknown_key, pair);
        Py_XDECREF(pair);
    }
    Py_XDECREF(unknown);
    return failed ? -1 : 0;
}

/* A field of the root that is there. */
static int coer_read_field(coer_reader_t *r, const coer_field_t *field, PyObject *record, int depth)
{
    Py_ssize_t begin = r->pos;
    PyObject *value = coer_read(r, field->op, depth);

    if (UNLIKELY(field->value && value && r->pos - begin == PyBytes_GET_SIZE(field->octets) &&
                 !memcmp(r->data + begin, PyBytes_AS_STRING(field->octets), (size_t)(r->pos - begin)))) {
        Py_CLEAR(value);
        coer_bad(r, COER_FAULT_DEFAULT, begin, 0, NULL);
    }
    if (UNLIKELY(!value)) {
        coer_step_out(&r->fault, field->name, 0);
        return -1;
    }
    int failed = coer_put(r, record, field->name, value);
    Py_DECREF(value);
    return failed;
}

static int coer_read_fields(coer_reader_t *r, const coer_op_t *op, uint64_t bits, PyObject *record, int depth)
{
    const coer_field_t *field = r->table->fields + op->first, *end = field + op->count;

    for (; field < end; field++) {
        if (!field->mask || bits & field->mask) {
            if (UNLIKELY(coer_read_field(r, field, record, depth - 1)))
                return -1;
        } else if (field->value && coer_put(r, record, field->name, field->value)) {
            return -1;
        }
    }
    if (UNLIKELY(op->flags & COER_EXTENSIBLE && bits >> (8 * op->size - 1)) &&
        coer_read_additions(r, op, record, depth)) {
        coer_step_out(&r->fault, r->table->unknown_key, 0);
        return -1;
    }
    return 0;
}

static PyObject *coer_read_sequence(coer_reader_t *r, const coer_op_t *op, int depth)
{
    Py_ssize_t start = r->pos;

    if (UNLIKELY(depth <= 0))
        return coer_bad(r, COER_FAULT_DEPTH, start, 0, NULL);
    if (UNLIKELY(op->size > r->end - start))
        return coer_cut(r, start);
    uint64_t bits = coer_number(r->data + start, op->size);
    r->pos += op->size;
    if (UNLIKELY(bits & op->padding))
        return coer_bad(r, COER_FAULT_PADDING, start, 0, NULL);
    PyObject *record = coer_made(r, PyDict_Type.tp_new(r->table->record, r->table->no_arguments, NULL));
    if (UNLIKELY(!record))
        return NULL;
    PyObject *octets = NULL;
    if (LIKELY(coer_read_fields(r, op, bits, record, depth) == 0))
        octets = coer_slice(r, start, r->pos - start);
    if (UNLIKELY(!octets))
        Py_DECREF(record);
    else
        *(PyObject **)((char *)record + r->table->slot) = octets;
    return octets ? record : NULL;
}

static PyObject *coer_pair(coer_reader_t *r, PyObject *name, PyObject *value)
{
    PyObject *pair = PyTuple_New(2);

    if (UNLIKELY(!pair)) {
        Py_DECREF(value);
        return coer_made(r, NULL);
    }
    PyTuple_SET_ITEM(pair, 0, Py_NewRef(name));
    PyTuple_SET_ITEM(pair, 1, value);
    return pair;
}

static PyObject *coer_read_alternative(coer_reader_t *r, int tag)
{
    Py_ssize_t length = coer_length(r);

    if (length < 0)
        return NULL;
    PyObject *inner = coer_made(r, Py_BuildValue("(iy#)", tag, (const char *)r->data + r->pos, length));
    r->pos += length;
    return inner ? coer_pair(r, r->table->unknown_key, inner) : NULL;
}

static PyObject *coer_read_choice(coer_reader_t *r, const coer_op_t *op, int depth)
{
    Py_ssize_t at = r->pos;

    if (UNLIKELY(depth <= 0))
        return coer_bad(r, COER_FAULT_DEPTH, at, 0, NULL);
    if (UNLIKELY(at >= r->end))
        return coer_cut(r, at);
    int tag = r->data[at] - 0x80;
    if (UNLIKELY(tag < 0 || tag >= COER_MAX_TAGS))
        return coer_bad(r, COER_FAULT_TAG, at, r->data[at], NULL);
    if (UNLIKELY(tag >= op->count + op->more && !(op->flags & COER_EXTENSIBLE)))
        return coer_bad(r, COER_FAULT_ALTERNATIVE, at, tag, NULL);
    r->pos++;
    if (UNLIKELY(tag >= op->count + op->more))
        return coer_read_alternative(r, tag);
    const coer_field_t *field = r->table->fields + op->first + tag;
    PyObject *value = tag < op->count ? coer_read(r, field->op, depth - 1) : coer_read_open(r, field->op, depth - 1);
    if (LIKELY(value))
        return coer_pair(r, field->name, value);
    coer_step_out(&r->fault, field->name, 0);
    return NULL;
}

static PyObject *coer_read_list(coer_reader_t *r, const coer_op_t *op, int depth)
{
    Py_ssize_t at = r->pos, length;

    if (UNLIKELY(depth <= 0))
        return coer_bad(r, COER_FAULT_DEPTH, at, 0, NULL);
    length = coer_length(r);
    if (length < 0)
        return NULL;
    if (UNLIKELY(length < 1 || length > 4 || (length > 1 && r->data[r->pos] == 0)))
        return coer_bad(r, COER_FAULT_COUNT_FORM, at, 0, NULL);
    int64_t count = (int64_t)coer_number(r->data + r->pos, length);
    r->pos += length;
    if (UNLIKELY(count < op->low || count > (int64_t)op->high))
        return coer_bad(r, COER_FAULT_COUNT, at, count, op);
    if (UNLIKELY(count > r->end - r->pos)) /* no element is without octets, so no list costs more than its input */
        return coer_cut(r, at);
    PyObject *list = coer_made(r, PyList_New((Py_ssize_t)count));
    for (Py_ssize_t i = 0; list && i < count; i++) {
        PyObject *value = coer_read(r, r->table->ops + op->first, depth - 1);
        if (LIKELY(value)) {
            PyList_SET_ITEM(list, i, value);
        } else {
            Py_CLEAR(list);
            coer_step_out(&r->fault, NULL, i);
        }
    }
    return list;
}

static PyObject *coer_read(coer_reader_t *r, const coer_op_t *op, int depth)
{
    switch (op->code) {
    case COER_INTEGER:
        return coer_read_integer(r, op);
    case COER_BIG:
        return coer_read_big(r, op);
    case COER_ENUM:
        return coer_read_enumerated(r, op);
    case COER_OCTETS:
        return coer_read_octets(r, op);
    case COER_BITS:
        return coer_read_bits(r, op);
    case COER_UTF8:
        return coer_read_text(r);
    case COER_SEQ:
        return coer_read_sequence(r, op, depth);
    case COER_LIST:
        return coer_read_list(r, op, depth);
    case COER_CHOICE:
        return coer_read_choice(r, op, depth);
    default:
        return Py_NewRef(Py_None);
    }
}

#endif
