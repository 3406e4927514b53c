/* The op-table in memory: what v2x/codecs/optable.py describes, checked once when it is loaded.
 *
 * Everything behind this header may rely on what load_table() has checked: rows refer to earlier rows only,
 * so values nest no deeper than MAX_DEPTH and recursion is bounded; widths fit one 64-bit load; enumerators and
 * parts exist.  The interpreter runs without the interpreter lock where it makes no objects: then it touches
 * the numbers in here and none of the PyObject pointers.
 */
#ifndef V2X_ENGINE_TABLE_H
#define V2X_ENGINE_TABLE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>
#include <structmember.h>

/* Limits -------------------------------------------------------------------------------------------------- */

#define MAX_MESSAGE_OCTETS 16383 /* ten times a DSMP frame; from 16,384 on UPER splits lengths into fragments */
#define MAX_DEPTH 48             /* the dictionary nests 19 deep (lane in link in node in map in frame) */
#define MAX_ROWS 65535           /* rows, parts, names: the largest profile has 450 and 659 */
#define MAX_WIDTH 57             /* eight octets hold such a field at any offset in the first of them */
#define MAX_PARTS 57             /* of one SEQUENCE or CHOICE: their presence is kept in one 64-bit word */
#define MAX_ADDITIONS 127        /* bits of a presence bitmap: the one-octet form of its length; the schema has 3 */

/* Table --------------------------------------------------------------------------------------------------- */

enum { OP_NULL, OP_BOOL, OP_INT, OP_ENUM, OP_BITS, OP_OCTETS, OP_TEXT, OP_SEQ, OP_LIST, OP_CHOICE, OP_OPEN, OP_END };

enum { OP_EXTENSIBLE = 1, OP_FRAME = 2 };      /* flags of a row */
enum { PART_OPTIONAL = 1, PART_SELECTOR = 2 }; /* flags of a part */

#define UNBOUNDED (-1)

struct class_info;

typedef struct {
    uint8_t code, flags, width;
    uint8_t object;   /* a slot of this type holds a Python object, not a number */
    uint16_t count;   /* parts in the root, enumerators, messages of an open type */
    uint16_t more;    /* additions */
    uint32_t first;   /* first part, row of the element, index into names */
    uint32_t least;   /* bits of the shortest value */
    int64_t low;
    int64_t high;     /* UNBOUNDED, or the upper bound */
    uint64_t span;    /* high - low */
    PyObject *names;  /* ENUM and BITS: tuple of str */
    PyObject *index;  /* ENUM: name to number; CHOICE: name to number of the part; SEQ: name to part */
    struct class_info *cls; /* SEQ and CHOICE */
} op_t;

typedef struct {
    const op_t *op;
    uint32_t flags;
    PyObject *name;      /* the standard's identifier, interned */
    PyObject *attribute; /* Python's name for it, interned */
} part_t;

typedef struct {
    int64_t number;
    const op_t *op;
} message_t;

typedef struct {
    op_t *ops;
    part_t *parts;
    message_t *messages;
    uint32_t op_count, part_count, message_count;
    PyTypeObject *bits_type;
    PyObject *unknown_key; /* "...": unknown additions in a dict */
} table_t;

static inline const op_t *message_op(const table_t *table, int64_t number)
{
    for (uint32_t i = 0; i < table->message_count; i++)
        if (table->messages[i].number == number)
            return table->messages[i].op;
    return NULL;
}

/* Loading ------------------------------------------------------------------------------------------------- */

static void free_table(table_t *table)
{
    for (uint32_t i = 0; i < table->op_count; i++) {
        Py_XDECREF(table->ops[i].names);
        Py_XDECREF(table->ops[i].index);
    }
    for (uint32_t i = 0; i < table->part_count; i++) {
        Py_XDECREF(table->parts[i].name);
        Py_XDECREF(table->parts[i].attribute);
    }
    PyMem_Free(table->ops);
    PyMem_Free(table->parts);
    PyMem_Free(table->messages);
    Py_XDECREF(table->bits_type);
    Py_XDECREF(table->unknown_key);
    memset(table, 0, sizeof *table);
}

static int bad_table(const char *what, Py_ssize_t row)
{
    PyErr_Format(PyExc_ValueError, "op-table: %s in row %zd", what, row);
    return -1;
}

/* A number of a row that has to be within bounds. */
static int column(PyObject *row, Py_ssize_t at, long long low, long long high, long long *value)
{
    *value = PyLong_AsLongLong(PyTuple_GET_ITEM(row, at));
    if (*value == -1 && PyErr_Occurred())
        return -1;
    if (*value < low || *value > high) {
        PyErr_Format(PyExc_ValueError, "op-table: column %zd is %lld, not %lld..%lld", at, *value, low, high);
        return -1;
    }
    return 0;
}

static int is_row(PyObject *rows, Py_ssize_t at, Py_ssize_t columns)
{
    PyObject *row = PyTuple_GET_ITEM(rows, at);
    return PyTuple_Check(row) && PyTuple_GET_SIZE(row) == columns;
}

/* {name: position} for enumerators, parts or alternatives. */
static PyObject *index_of(PyObject *const *names, Py_ssize_t count, Py_ssize_t stride)
{
    PyObject *index = PyDict_New();
    for (Py_ssize_t i = 0; index && i < count; i++) {
        PyObject *number = PyLong_FromSsize_t(i);
        if (!number || PyDict_SetItem(index, names[i * stride], number) < 0)
            Py_CLEAR(index);
        Py_XDECREF(number);
    }
    return index;
}

static PyObject *part_index(const part_t *parts, Py_ssize_t count)
{
    PyObject *index = PyDict_New();
    for (Py_ssize_t i = 0; index && i < count; i++) {
        PyObject *number = PyLong_FromSsize_t(i);
        if (!number || PyDict_SetItem(index, parts[i].name, number) < 0)
            Py_CLEAR(index);
        Py_XDECREF(number);
    }
    return index;
}

/* names[first], interned; a new reference. */
static PyObject *names_of(PyObject *names, long long first, Py_ssize_t row)
{
    if (first >= PyTuple_GET_SIZE(names) || !PyTuple_Check(PyTuple_GET_ITEM(names, first))) {
        bad_table("no such names", row);
        return NULL;
    }
    PyObject *given = PyTuple_GET_ITEM(names, first);
    PyObject *made = PyTuple_New(PyTuple_GET_SIZE(given));
    for (Py_ssize_t i = 0; made && i < PyTuple_GET_SIZE(given); i++) {
        PyObject *name = PyTuple_GET_ITEM(given, i);
        if (!PyUnicode_CheckExact(name)) {
            bad_table("a name that is no text", row);
            Py_CLEAR(made);
            break;
        }
        Py_INCREF(name);
        PyUnicode_InternInPlace(&name);
        PyTuple_SET_ITEM(made, i, name);
    }
    return made;
}

static int load_part(table_t *table, PyObject *rows, Py_ssize_t at)
{
    part_t *part = &table->parts[at];
    long long op, flags;

    if (!is_row(rows, at, 4))
        return bad_table("no part", at);
    PyObject *row = PyTuple_GET_ITEM(rows, at);
    PyObject *name = PyTuple_GET_ITEM(row, 2), *attribute = PyTuple_GET_ITEM(row, 3);
    if (column(row, 0, 0, (long long)table->op_count - 1, &op) < 0 || column(row, 1, 0, 3, &flags) < 0)
        return -1;
    if (!PyUnicode_CheckExact(name) || !PyUnicode_CheckExact(attribute))
        return bad_table("a part without a name", at);
    part->op = &table->ops[op];
    part->flags = (uint32_t)flags;
    part->name = Py_NewRef(name);
    part->attribute = Py_NewRef(attribute);
    PyUnicode_InternInPlace(&part->name);
    PyUnicode_InternInPlace(&part->attribute);
    return 0;
}

/* The parts of a SEQUENCE or CHOICE exist, lie in earlier rows and fit the preamble. */
static int check_parts(const table_t *table, op_t *op, Py_ssize_t at, uint8_t *depth)
{
    unsigned optionals = 0, deepest = 0;

    if (op->count == 0 || (unsigned)op->count + op->more > MAX_PARTS || op->first > table->part_count ||
        (uint32_t)op->count + op->more > table->part_count - op->first)
        return bad_table("parts that do not exist", at);
    const part_t *parts = table->parts + op->first;
    for (unsigned i = 0; i < (unsigned)op->count + op->more; i++) {
        Py_ssize_t below = parts[i].op - table->ops;
        if (below >= at)
            return bad_table("a part that is no earlier row", at);
        if (parts[i].flags & PART_SELECTOR && (parts[i].op->code != OP_INT || parts[i].op->flags))
            return bad_table("a selector that is no plain number", at);
        optionals += i < op->count && (parts[i].flags & PART_OPTIONAL) != 0;
        deepest = depth[below] > deepest ? depth[below] : deepest;
    }
    if (op->code == OP_SEQ && op->width != optionals + (op->flags & OP_EXTENSIBLE))
        return bad_table("a preamble of another width", at);
    if (op->code == OP_CHOICE && ((uint64_t)op->count - 1) >> op->width != 0)
        return bad_table("an index of another width", at);
    depth[at] = (uint8_t)(deepest + 1);
    op->index = part_index(parts, (Py_ssize_t)op->count + op->more);
    return op->index ? 0 : -1;
}

/* What one row says about itself. */
static int check_row(table_t *table, PyObject *names, Py_ssize_t at, uint8_t *depth)
{
    op_t *op = &table->ops[at];

    depth[at] = 1;
    op->object = op->code >= OP_BITS;
    switch (op->code) {
    case OP_INT:
        if (op->high < op->low || op->span >> op->width != 0)
            return bad_table("a range that its field does not hold", at);
        return 0;
    case OP_ENUM:
    case OP_BITS:
        op->names = names_of(names, op->first, at);
        if (!op->names)
            return -1;
        if (op->code == OP_BITS)
            break;
        if (PyTuple_GET_SIZE(op->names) != op->high + 1 || op->low != 0 || op->span >> op->width != 0)
            return bad_table("enumerators that its field does not hold", at);
        op->index = index_of(&PyTuple_GET_ITEM(op->names, 0), op->high + 1, 1);
        return op->index ? 0 : -1;
    case OP_SEQ:
    case OP_CHOICE:
        return check_parts(table, op, at, depth);
    case OP_LIST:
        if (op->first >= at)
            return bad_table("an element that is no earlier row", at);
        /* Every element costs bits, so what is left of the input bounds the list before it is made. */
        if (table->ops[op->first].least < (op->high == UNBOUNDED ? 8 : 1))
            return bad_table("elements that cost nothing", at);
        depth[at] = (uint8_t)(depth[op->first] + 1);
        break;
    case OP_OPEN:
        for (uint32_t i = 0; i < table->message_count; i++) {
            Py_ssize_t below = table->messages[i].op - table->ops;
            if (below >= at)
                return bad_table("a message that is no earlier row", at);
            depth[at] = depth[below] >= depth[at] ? (uint8_t)(depth[below] + 1) : depth[at];
        }
        return 0;
    default:
        break;
    }
    if (op->high != UNBOUNDED && (op->low < 0 || op->high < op->low || op->high >= 16384 || op->span >> op->width != 0))
        return bad_table("a size that its field does not hold", at);
    return 0;
}

static int load_row(table_t *table, PyObject *rows, Py_ssize_t at)
{
    op_t *op = &table->ops[at];
    long long code, flags, low, high, width, first, count, more, least;

    if (!is_row(rows, at, 10))
        return bad_table("no operation", at);
    PyObject *row = PyTuple_GET_ITEM(rows, at);
    if (column(row, 0, 0, OP_END - 1, &code) < 0 || column(row, 1, 0, 3, &flags) < 0 ||
        column(row, 2, -(1LL << 62), 1LL << 62, &low) < 0 || column(row, 3, -(1LL << 62), 1LL << 62, &high) < 0 ||
        column(row, 4, 0, MAX_WIDTH, &width) < 0 || column(row, 5, 0, MAX_ROWS, &first) < 0 ||
        column(row, 6, 0, MAX_ROWS, &count) < 0 || column(row, 7, 0, MAX_ROWS, &more) < 0 ||
        column(row, 8, 0, INT32_MAX, &least) < 0)
        return -1;
    op->code = (uint8_t)code;
    op->flags = (uint8_t)flags;
    op->width = (uint8_t)width;
    op->count = (uint16_t)count;
    op->more = (uint16_t)more;
    op->first = (uint32_t)first;
    op->least = (uint32_t)least;
    op->low = low;
    op->high = high;
    op->span = (uint64_t)high - (uint64_t)low;
    return 0;
}

static int load_messages(table_t *table, PyObject *rows)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(rows); i++) {
        long long number, op;
        if (!is_row(rows, i, 2))
            return bad_table("no message", i);
        if (column(PyTuple_GET_ITEM(rows, i), 0, 0, INT32_MAX, &number) < 0 ||
            column(PyTuple_GET_ITEM(rows, i), 1, 0, (long long)table->op_count - 1, &op) < 0)
            return -1;
        table->messages[i].number = number;
        table->messages[i].op = &table->ops[op];
        if (table->ops[op].code != OP_SEQ)
            return bad_table("a message that is no SEQUENCE", i);
    }
    return 0;
}

/* From the tuples of optable.py; -1 with ValueError where they are no table.  The caller frees in any case. */
static int load_table(table_t *table, PyObject *ops, PyObject *parts, PyObject *names, PyObject *messages)
{
    uint8_t *depth = NULL;
    int failed = -1;

    if (PyTuple_GET_SIZE(ops) > MAX_ROWS || PyTuple_GET_SIZE(parts) > MAX_ROWS || PyTuple_GET_SIZE(messages) > MAX_ROWS)
        return bad_table("too many rows", MAX_ROWS);
    table->ops = PyMem_Calloc((size_t)PyTuple_GET_SIZE(ops) + 1, sizeof *table->ops);
    table->parts = PyMem_Calloc((size_t)PyTuple_GET_SIZE(parts) + 1, sizeof *table->parts);
    table->messages = PyMem_Calloc((size_t)PyTuple_GET_SIZE(messages) + 1, sizeof *table->messages);
    depth = PyMem_Calloc((size_t)PyTuple_GET_SIZE(ops) + 1, 1);
    if (!table->ops || !table->parts || !table->messages || !depth) {
        PyErr_NoMemory();
        goto done;
    }
    table->op_count = (uint32_t)PyTuple_GET_SIZE(ops);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(ops); i++)
        if (load_row(table, ops, i) < 0)
            goto done;
    table->part_count = (uint32_t)PyTuple_GET_SIZE(parts);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(parts); i++)
        if (load_part(table, parts, i) < 0)
            goto done;
    table->message_count = (uint32_t)PyTuple_GET_SIZE(messages);
    if (load_messages(table, messages) < 0)
        goto done;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(ops); i++) {
        if (check_row(table, names, i, depth) < 0)
            goto done;
        if (depth[i] > MAX_DEPTH) {
            bad_table("types nested too deep", i);
            goto done;
        }
    }
    failed = 0;
done:
    PyMem_Free(depth);
    return failed;
}

#endif
