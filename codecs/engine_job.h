/* columns(): a plan that Python gives becomes plan_t, arrays become column_t, and all frames run through them without
 * the interpreter lock.  Everything is checked before, and the arrays are held as buffers while it runs. */
#ifndef V2X_ENGINE_JOB_H
#define V2X_ENGINE_JOB_H

#include "engine_batch.h"

/* columns ------------------------------------------------------------------------------------------------- */

/* Everything of one call; the buffers are those of the arrays. */
typedef struct {
    frames_t frames;
    columns_t mode;
    rows_t *rows;
    column_t *columns;
    plan_t *plans; /* one block; `plan_count` of them are in use */
    plan_t **links;
    Py_ssize_t row_count, column_count, plan_count, link_count;
    Py_buffer *buffers;
    Py_ssize_t buffer_count;
    Py_buffer faults;
} job_t;

static void close_job(job_t *job)
{
    for (Py_ssize_t i = 0; i < job->buffer_count; i++)
        PyBuffer_Release(&job->buffers[i]);
    if (job->faults.obj)
        PyBuffer_Release(&job->faults);
    close_frames(&job->frames);
    PyMem_Free(job->buffers);
    PyMem_Free(job->rows);
    PyMem_Free(job->columns);
    PyMem_Free(job->plans);
    PyMem_Free(job->links);
}

/* The memory of an array of `rows` times `width` octets; None: none. */
static int open_array(job_t *job, PyObject *array, int64_t rows, int64_t width, void *to)
{
    Py_buffer *view = &job->buffers[job->buffer_count];
    void *memory = NULL;

    if (array != Py_None) {
        if (PyObject_GetBuffer(array, view, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE) < 0)
            return -1;
        job->buffer_count++;
        if (view->len < rows * width) {
            PyErr_Format(PyExc_ValueError, "an array of %zd octets is too small for %lld rows of %lld", view->len,
                         (long long)rows, (long long)width);
            return -1;
        }
        memory = view->buf;
    }
    memcpy(to, &memory, sizeof memory);
    return 0;
}

/* (parent, capacity, array of parents) per table; the first is that of the frames. */
static int open_rows(job_t *job, PyObject *rows)
{
    for (Py_ssize_t i = 0; i < job->row_count; i++) {
        Py_ssize_t parent;
        long long capacity;
        PyObject *parents;
        if (!PyArg_ParseTuple(PyTuple_GET_ITEM(rows, i), "nLO", &parent, &capacity, &parents))
            return -1;
        if (parent >= i || (i > 0 && parent < 0) || capacity < 0 || capacity > PY_SSIZE_T_MAX / 4096)
            return PyErr_SetString(PyExc_ValueError, "rows that are none"), -1;
        job->rows[i].parent = i ? &job->rows[parent] : NULL;
        job->rows[i].capacity = capacity;
        if (open_array(job, parents, capacity, sizeof(int64_t), &job->rows[i].parents) < 0)
            return -1;
        if (i > 0 && !job->rows[i].parents)
            job->rows[i].capacity = 0;
    }
    return 0;
}

/* (rows, kind, stride, values, mask, lengths) per column. */
static int open_columns(job_t *job, PyObject *columns)
{
    static const int widths[COLUMN_KINDS] = {4, 8, 1, 4, 0};

    for (Py_ssize_t i = 0; i < job->column_count; i++) {
        column_t *column = &job->columns[i];
        PyObject *values, *mask, *lengths;
        Py_ssize_t rows;
        long long stride;
        int kind;
        if (!PyArg_ParseTuple(PyTuple_GET_ITEM(columns, i), "niLOOO", &rows, &kind, &stride, &values, &mask, &lengths))
            return -1;
        if (rows < 0 || rows >= job->row_count || kind < 0 || kind >= COLUMN_KINDS || stride < 0 ||
            stride > MAX_MESSAGE_OCTETS || (job->mode.fill && (values == Py_None || mask == Py_None)))
            return PyErr_SetString(PyExc_ValueError, "a column that is none"), -1;
        column->rows = &job->rows[rows];
        column->kind = kind;
        column->stride = stride;
        int64_t capacity = column->rows->capacity;
        if (open_array(job, values, capacity, kind == COLUMN_OCTETS ? stride : widths[kind], &column->values) < 0 ||
            open_array(job, mask, capacity, 1, &column->mask) < 0 ||
            open_array(job, lengths, capacity, sizeof(int32_t), &column->lengths) < 0)
            return -1;
    }
    return 0;
}

/* Does a column of this kind hold values of this type? */
static int kind_fits(const op_t *op, int kind)
{
    switch (op->code) {
    case OP_INT:
        return kind == COLUMN_INT64 ||
               (kind == COLUMN_INT32 && !is_extensible(op) && op->low >= INT32_MIN && op->high <= INT32_MAX);
    case OP_ENUM:
        return kind == COLUMN_UINT8 && op->high <= UINT8_MAX;
    case OP_BOOL:
    case OP_CHOICE: /* at most MAX_PARTS alternatives */
    case OP_NULL:
        return kind == COLUMN_UINT8;
    case OP_BITS:
        return kind == COLUMN_BITS32;
    case OP_OCTETS:
    case OP_TEXT:
        return kind == COLUMN_OCTETS;
    default:
        return 0;
    }
}

static unsigned plan_parts(const table_t *table, const op_t *op)
{
    switch (op->code) {
    case OP_SEQ:
    case OP_CHOICE:
        return (unsigned)op->count + op->more;
    case OP_LIST:
        return 1;
    case OP_OPEN:
        return table->message_count;
    default:
        return 0;
    }
}

static const op_t *plan_part(const table_t *table, const op_t *op, unsigned at)
{
    if (op->code == OP_LIST)
        return table->ops + op->first;
    return op->code == OP_OPEN ? table->messages[at].op : table->parts[op->first + at].op;
}

/* Plans and links that a Python plan takes; -1 where it has no such form. */
static int measure_plan(PyObject *given, Py_ssize_t *plans, Py_ssize_t *links, int depth)
{
    if (given == Py_None)
        return 0;
    if (depth > MAX_DEPTH || !PyTuple_Check(given) || PyTuple_GET_SIZE(given) != 3 ||
        !PyTuple_Check(PyTuple_GET_ITEM(given, 2)))
        return PyErr_SetString(PyExc_ValueError, "a plan is (column, rows, parts)"), -1;
    PyObject *parts = PyTuple_GET_ITEM(given, 2);
    (*plans)++;
    *links += PyTuple_GET_SIZE(parts);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(parts); i++)
        if (measure_plan(PyTuple_GET_ITEM(parts, i), plans, links, depth + 1) < 0)
            return -1;
    return 0;
}

static plan_t *build_plan(job_t *job, const table_t *table, const op_t *op, PyObject *given)
{
    Py_ssize_t column = PyLong_AsSsize_t(PyTuple_GET_ITEM(given, 0));
    Py_ssize_t rows = PyLong_AsSsize_t(PyTuple_GET_ITEM(given, 1));
    PyObject *parts = PyTuple_GET_ITEM(given, 2);
    plan_t *plan = &job->plans[job->plan_count++];

    if (PyErr_Occurred())
        return NULL;
    plan->part_count = plan_parts(table, op);
    if ((unsigned)PyTuple_GET_SIZE(parts) != plan->part_count || column >= job->column_count ||
        rows >= job->row_count || (op->code == OP_LIST) != (rows > 0) ||
        (column >= 0 && !kind_fits(op, job->columns[column].kind))) {
        PyErr_SetString(PyExc_ValueError, "a plan that does not fit the type");
        return NULL;
    }
    plan->column = column >= 0 ? &job->columns[column] : NULL;
    plan->rows = rows > 0 ? &job->rows[rows] : NULL;
    plan->parts = job->links + job->link_count;
    job->link_count += plan->part_count;
    for (unsigned i = 0; i < plan->part_count; i++)
        if (PyTuple_GET_ITEM(parts, i) != Py_None) {
            plan->parts[i] = build_plan(job, table, plan_part(table, op, i), PyTuple_GET_ITEM(parts, i));
            if (!plan->parts[i])
                return NULL;
        }
    return plan;
}

static int open_job(job_t *job, const engine_t *engine, PyObject *const *args, plan_t **plan)
{
    PyObject *given = args[3], *columns = args[4], *rows = args[5];
    Py_ssize_t plans = 0, links = 0;

    if (open_frames(&job->frames, args[0], args[1]) < 0)
        return -1;
    if (!PyTuple_Check(columns) || !PyTuple_Check(rows) || PyTuple_GET_SIZE(rows) < 1 || given == Py_None)
        return PyErr_SetString(PyExc_ValueError, "a plan, columns and rows are wanted"), -1;
    if (measure_plan(given, &plans, &links, 0) < 0)
        return -1;
    job->mode.fill = PyObject_IsTrue(args[7]) == 1;
    job->row_count = PyTuple_GET_SIZE(rows);
    job->column_count = PyTuple_GET_SIZE(columns);
    job->rows = PyMem_Calloc((size_t)job->row_count, sizeof *job->rows);
    job->columns = PyMem_Calloc((size_t)job->column_count + 1, sizeof *job->columns);
    job->plans = PyMem_Calloc((size_t)plans, sizeof *job->plans);
    job->links = PyMem_Calloc((size_t)links + 1, sizeof *job->links);
    job->buffers = PyMem_Calloc((size_t)(job->row_count + 3 * job->column_count), sizeof *job->buffers);
    if (!job->rows || !job->columns || !job->plans || !job->links || !job->buffers)
        return PyErr_NoMemory(), -1;
    if (PyObject_GetBuffer(args[6], &job->faults, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE) < 0)
        return -1;
    if (open_rows(job, rows) < 0 || open_columns(job, columns) < 0)
        return -1;
    if (job->faults.len < job->frames.count || (job->mode.fill && job->rows[0].capacity < job->frames.count))
        return PyErr_SetString(PyExc_ValueError, "fewer rows than frames"), -1;
    *plan = build_plan(job, &engine->table, engine->root, given);
    return *plan ? 0 : -1;
}

/* All frames.  A frame that is wrong leaves no rows in the tables of lists; what it left in its own row, and
 * in the rows of lists that the next frame takes over, Python masks by its fault. */
static void run_job(job_t *job, const table_t *table, const op_t *root, const plan_t *plan, unsigned flags,
                    const uint8_t *skip)
{
    uint8_t *faults = job->faults.buf;
    reader_t r;

    for (Py_ssize_t i = 0; i < job->frames.count; i++) {
        const uint8_t *data;
        int64_t octets;
        out_t out = {.plan = plan};
        if (skip && skip[i])
            continue;
        frame_at(&job->frames, i, &data, &octets);
        start_reader(&r, table, data, octets, flags);
        r.columns = &job->mode;
        job->rows[0].row = i;
        for (Py_ssize_t k = 1; k < job->row_count; k++)
            job->rows[k].before = job->rows[k].count;
        faults[i] = decode_message_of(&r, root, out, M_COLUMNS) ? (uint8_t)r.fault.code : 0;
        for (Py_ssize_t k = 1; faults[i] && k < job->row_count; k++)
            job->rows[k].count = job->rows[k].before;
    }
}

/* ([rows per table], [longest string per column]) */
static PyObject *job_result(const job_t *job)
{
    PyObject *counts = PyList_New(job->row_count), *longest = PyList_New(job->column_count);

    for (Py_ssize_t i = 0; counts && i < job->row_count; i++) {
        PyObject *number = PyLong_FromLongLong(job->rows[i].count);
        if (!number)
            Py_CLEAR(counts);
        else
            PyList_SET_ITEM(counts, i, number);
    }
    for (Py_ssize_t i = 0; longest && i < job->column_count; i++) {
        PyObject *number = PyLong_FromLongLong(job->columns[i].longest);
        if (!number)
            Py_CLEAR(longest);
        else
            PyList_SET_ITEM(longest, i, number);
    }
    PyObject *result = counts && longest ? PyTuple_Pack(2, counts, longest) : NULL;
    Py_XDECREF(counts);
    Py_XDECREF(longest);
    return result;
}

/* columns(frames, offsets, flags, plan, columns, rows, faults, fill): fill 0 counts, 1 fills, 2 fills what an
 * earlier pass found right (its faults are in `faults`). */
static PyObject *engine_columns(engine_t *self, PyObject *const *args, Py_ssize_t count)
{
    PyObject *result = NULL;
    plan_t *plan = NULL;
    job_t job;

    if (count != 8)
        return PyErr_Format(PyExc_TypeError, "8 arguments are wanted, %zd were given", count);
    long flags = PyLong_AsLong(args[2]), fill = PyLong_AsLong(args[7]);
    if (PyErr_Occurred())
        return NULL;
    memset(&job, 0, sizeof job);
    if (open_job(&job, self, args, &plan) == 0) {
        const uint8_t *skip = fill == 2 ? job.faults.buf : NULL;
        Py_BEGIN_ALLOW_THREADS
        run_job(&job, &self->table, self->root, plan, (unsigned)flags & FLAG_LENIENT, skip);
        Py_END_ALLOW_THREADS
        result = job_result(&job);
    }
    close_job(&job);
    return result;
}

#endif
