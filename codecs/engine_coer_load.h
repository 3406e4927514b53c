/* COER, second part: loading the table.  What is wrong with it is a ValueError; everything behind relies on it. */
#ifndef V2X_ENGINE_COER_LOAD_H
#define V2X_ENGINE_COER_LOAD_H

#include "engine_coer_table.h"

static void coer_free(coer_table_t *table)
{
    for (uint32_t i = 0; i < table->op_count; i++) {
        Py_XDECREF(table->ops[i].row);
        Py_XDECREF(table->ops[i].names);
        Py_XDECREF(table->ops[i].index);
    }
    for (uint32_t i = 0; i < table->field_count; i++) {
        Py_XDECREF(table->fields[i].name);
        Py_XDECREF(table->fields[i].value);
        Py_XDECREF(table->fields[i].octets);
    }
    PyMem_Free(table->ops);
    PyMem_Free(table->fields);
    Py_XDECREF((PyObject *)table->record);
    Py_XDECREF(table->no_arguments);
    Py_XDECREF(table->unknown_key);
    memset(table, 0, sizeof *table);
}

/* The field at `at`; its name is interned, so that most look-ups compare pointers. */
static int coer_load_field(coer_table_t *table, PyObject *rows, Py_ssize_t at)
{
    coer_field_t *field = &table->fields[at];
    long long op, flags;

    if (!is_row(rows, at, 5))
        return bad_table("no field", at);
    PyObject *row = PyTuple_GET_ITEM(rows, at);
    PyObject *name = PyTuple_GET_ITEM(row, 2), *value = PyTuple_GET_ITEM(row, 3), *octets = PyTuple_GET_ITEM(row, 4);
    if (column(row, 0, 0, (long long)table->op_count - 1, &op) < 0 || column(row, 1, 0, 1, &flags) < 0)
        return -1;
    if (!PyUnicode_CheckExact(name) || !PyBytes_CheckExact(octets))
        return bad_table("a field without a name", at);
    if (value != Py_None && (!flags || PyBytes_GET_SIZE(octets) == 0))
        return bad_table("a DEFAULT without a bit or octets", at);
    field->op = &table->ops[op];
    field->mask = (uint64_t)flags; /* coer_lay_out() puts it in its place */
    field->name = Py_NewRef(name);
    field->value = value == Py_None ? NULL : Py_NewRef(value);
    field->octets = Py_NewRef(octets);
    PyUnicode_InternInPlace(&field->name);
    return 0;
}

/* The preamble of a SEQUENCE: the extension bit, then a bit per optional field, then zeros. */
static int coer_lay_out(coer_table_t *table, coer_op_t *op, Py_ssize_t at)
{
    coer_field_t *fields = table->fields + op->first;
    unsigned bits = op->flags & COER_EXTENSIBLE ? 1 : 0, position;

    for (unsigned i = 0; i < op->count; i++)
        bits += fields[i].mask != 0;
    if (bits > 63)
        return bad_table("a preamble of more than 63 bits", at);
    op->size = (uint8_t)((bits + 7) / 8);
    op->padding = ((uint64_t)1 << (8 * op->size - bits)) - 1;
    position = 8 * op->size - (op->flags & COER_EXTENSIBLE ? 1 : 0);
    for (unsigned i = 0; i < op->count; i++)
        if (fields[i].mask)
            fields[i].mask = (uint64_t)1 << --position;
    return 0;
}

static int coer_load_compound(coer_table_t *table, coer_op_t *op, Py_ssize_t at)
{
    uint32_t count = (uint32_t)op->count + op->more;

    if (count > COER_MAX_FIELDS || op->first > table->field_count || count > table->field_count - op->first)
        return bad_table("fields that there are not", at);
    if (op->more && !(op->flags & COER_EXTENSIBLE))
        return bad_table("additions without an extension marker", at);
    op->index = PyDict_New();
    for (uint32_t i = 0; op->index && i < count; i++) {
        PyObject *number = PyLong_FromUnsignedLong(i);
        if (!number || PyDict_SetItem(op->index, table->fields[op->first + i].name, number) < 0)
            Py_CLEAR(op->index);
        Py_XDECREF(number);
    }
    if (!op->index)
        return -1;
    if (PyDict_GET_SIZE(op->index) != (Py_ssize_t)count)
        return bad_table("two fields of one name", at);
    return op->code == COER_SEQ ? coer_lay_out(table, op, at) : 0;
}

static int coer_load_names(coer_op_t *op, PyObject *names, Py_ssize_t at)
{
    op->names = names_of(names, op->first, at);
    if (!op->names)
        return -1;
    op->index = index_of(&PyTuple_GET_ITEM(op->names, 0), PyTuple_GET_SIZE(op->names), 1);
    return op->index ? 0 : -1;
}

/* Bounds of a number: int64 with a sign, uint64 without. */
static int coer_load_bounds(coer_op_t *op, PyObject *row, Py_ssize_t at)
{
    if (op->size != 1 && op->size != 2 && op->size != 4 && op->size != 8)
        return bad_table("an INTEGER of no size", at);
    if (op->flags & COER_SIGNED)
        op->high = (uint64_t)PyLong_AsLongLong(PyTuple_GET_ITEM(row, 4));
    else
        op->high = PyLong_AsUnsignedLongLong(PyTuple_GET_ITEM(row, 4));
    if (PyErr_Occurred())
        return -1;
    return op->low < 0 && !(op->flags & COER_SIGNED) ? bad_table("an unsigned INTEGER below 0", at) : 0;
}

static int coer_load_op(coer_table_t *table, PyObject *rows, PyObject *names, Py_ssize_t at)
{
    coer_op_t *op = &table->ops[at];
    long long code, flags, size, low, high, first, count, more;

    if (!is_row(rows, at, 8))
        return bad_table("no row", at);
    PyObject *row = PyTuple_GET_ITEM(rows, at);
    if (column(row, 0, 0, COER_END - 1, &code) < 0 || column(row, 1, 0, 3, &flags) < 0 ||
        column(row, 2, 0, 255, &size) < 0 || column(row, 3, INT64_MIN, INT64_MAX, &low) < 0 ||
        column(row, 5, 0, COER_MAX_ROWS, &first) < 0 || column(row, 6, 0, COER_MAX_FIELDS, &count) < 0 ||
        column(row, 7, 0, COER_MAX_FIELDS, &more) < 0)
        return -1;
    op->code = (uint8_t)code;
    op->flags = (uint8_t)flags;
    op->size = (uint8_t)size;
    op->low = low;
    op->first = (uint32_t)first;
    op->count = (uint16_t)count;
    op->more = (uint16_t)more;
    op->row = Py_NewRef(row);
    if (code == COER_INTEGER)
        return coer_load_bounds(op, row, at);
    if (column(row, 4, -1, INT64_MAX, &high) < 0)
        return -1;
    if (low < 0)
        return bad_table("a bound below 0", at);
    op->high = (uint64_t)high;
    switch (op->code) {
    case COER_ENUM:
        return coer_load_names(op, names, at);
    case COER_BITS:
        if (low < 1 || low > 8 * 255 || size != (low + 7) / 8)
            return bad_table("a BIT STRING of no size", at);
        op->unused = (uint8_t)((1u << (8 * size - low)) - 1);
        return 0;
    case COER_LIST:
        if (first >= table->op_count || high < 0 || high > COER_MAX_LIST)
            return bad_table("a list without an element or a limit", at);
        return 0;
    case COER_SEQ:
    case COER_CHOICE:
        return coer_load_compound(table, op, at);
    default:
        return 0;
    }
}

/* The class of records is a dict with the slot `octets`, into which the decoder writes. */
static int coer_load_record(coer_table_t *table, PyObject *record)
{
    if (!PyType_Check(record) || !PyType_IsSubtype((PyTypeObject *)record, &PyDict_Type))
        return PyErr_SetString(PyExc_TypeError, "a class of dicts is wanted"), -1;
    PyObject *member = PyObject_GetAttrString(record, "octets");
    if (!member)
        return -1;
    int is_slot = Py_TYPE(member) == &PyMemberDescr_Type &&
                  ((PyMemberDescrObject *)member)->d_member->type == T_OBJECT_EX &&
                  PyDescr_TYPE(member) == (PyTypeObject *)record;
    table->slot = is_slot ? ((PyMemberDescrObject *)member)->d_member->offset : 0;
    Py_DECREF(member);
    if (!is_slot)
        return PyErr_SetString(PyExc_TypeError, "a class with the slot octets is wanted"), -1;
    table->record = (PyTypeObject *)Py_NewRef(record);
    return 0;
}

static int coer_load(coer_table_t *table, PyObject *ops, PyObject *fields, PyObject *names, PyObject *record)
{
    Py_ssize_t op_count = PyTuple_GET_SIZE(ops), field_count = PyTuple_GET_SIZE(fields);

    if (op_count < 1 || op_count > COER_MAX_ROWS || field_count > COER_MAX_ROWS)
        return bad_table("no rows, or too many", op_count);
    table->ops = PyMem_Calloc((size_t)op_count, sizeof *table->ops);
    table->fields = PyMem_Calloc((size_t)field_count + 1, sizeof *table->fields);
    table->no_arguments = PyTuple_New(0);
    table->unknown_key = PyUnicode_InternFromString("...");
    if (!table->ops || !table->fields || !table->no_arguments || !table->unknown_key)
        return PyErr_NoMemory(), -1;
    table->op_count = (uint32_t)op_count;
    table->field_count = (uint32_t)field_count;
    for (Py_ssize_t i = 0; i < field_count; i++)
        if (coer_load_field(table, fields, i) < 0)
            return -1;
    for (Py_ssize_t i = 0; i < op_count; i++)
        if (coer_load_op(table, ops, names, i) < 0)
            return -1;
    return coer_load_record(table, record);
}

#endif
