/* Many frames in one call, without the interpreter lock: where they are, and walk_many(). */
#ifndef V2X_ENGINE_BATCH_H
#define V2X_ENGINE_BATCH_H

#include "engine_classes.h"

static int find_row(const engine_t *engine, PyObject *number, const op_t **op)
{
    long row = PyLong_AsLong(number);
    if (row == -1 && PyErr_Occurred())
        return -1;
    if (row < 0 || row >= (long)engine->table.op_count) {
        PyErr_Format(PyExc_ValueError, "the table has no row %ld", row);
        return -1;
    }
    *op = &engine->table.ops[row];
    return 0;
}

/* The row of a type with a class: where messages begin. */
static int get_row(const engine_t *engine, PyObject *number, const op_t **op)
{
    if (find_row(engine, number, op) < 0)
        return -1;
    if (!(*op)->cls) {
        PyErr_SetString(PyExc_ValueError, "values begin with a SEQUENCE or CHOICE");
        return -1;
    }
    return 0;
}

/* Frames -------------------------------------------------------------------------------------------------- */

/* A sequence of bytes, which an own tuple keeps; or one buffer and the offsets of count + 1 frames in it. */
typedef struct {
    PyObject *tuple;
    Py_buffer data, offsets;
    Py_ssize_t count;
} frames_t;

static void close_frames(frames_t *frames)
{
    Py_XDECREF(frames->tuple);
    if (frames->data.obj)
        PyBuffer_Release(&frames->data);
    if (frames->offsets.obj)
        PyBuffer_Release(&frames->offsets);
}

static int open_slices(frames_t *frames, PyObject *data, PyObject *offsets)
{
    if (PyObject_GetBuffer(data, &frames->data, PyBUF_SIMPLE) < 0 ||
        PyObject_GetBuffer(offsets, &frames->offsets, PyBUF_C_CONTIGUOUS) < 0)
        return -1;
    if (frames->offsets.itemsize != sizeof(int64_t) || frames->offsets.len < (Py_ssize_t)sizeof(int64_t)) {
        PyErr_SetString(PyExc_ValueError, "offsets are int64, one more than there are frames");
        return -1;
    }
    frames->count = frames->offsets.len / (Py_ssize_t)sizeof(int64_t) - 1;
    return 0;
}

static int open_frames(frames_t *frames, PyObject *given, PyObject *offsets)
{
    memset(frames, 0, sizeof *frames);
    if (offsets != Py_None)
        return open_slices(frames, given, offsets);
    frames->tuple = PySequence_Tuple(given);
    if (!frames->tuple)
        return -1;
    frames->count = PyTuple_GET_SIZE(frames->tuple);
    for (Py_ssize_t i = 0; i < frames->count; i++)
        if (!PyBytes_Check(PyTuple_GET_ITEM(frames->tuple, i))) {
            PyErr_Format(PyExc_TypeError, "frame %zd is no bytes object", i);
            return -1;
        }
    return 0;
}

/* Frame i.  Offsets are looked at here, each time: their memory may be somebody else's to change. */
static void frame_at(const frames_t *frames, Py_ssize_t i, const uint8_t **data, int64_t *octets)
{
    if (frames->tuple) {
        PyObject *frame = PyTuple_GET_ITEM(frames->tuple, i);
        *data = (const uint8_t *)PyBytes_AS_STRING(frame);
        *octets = PyBytes_GET_SIZE(frame);
        return;
    }
    int64_t bounds[2];
    memcpy(bounds, (const int64_t *)frames->offsets.buf + i, sizeof bounds);
    int good = bounds[0] >= 0 && bounds[0] <= bounds[1] && bounds[1] <= frames->data.len;
    *data = (const uint8_t *)frames->data.buf + (good ? bounds[0] : 0);
    *octets = good ? bounds[1] - bounds[0] : 0;
}

/* walk_many ----------------------------------------------------------------------------------------------- */

static PyObject *engine_walk_many(engine_t *self, PyObject *const *args, Py_ssize_t count)
{
    const op_t *op = self->root;
    PyObject *faults = NULL;
    long flags = 0;
    frames_t frames;
    reader_t r;

    if (count < 1 || count > 4)
        return PyErr_Format(PyExc_TypeError, "1 to 4 arguments are wanted, %zd were given", count);
    if (count > 2 && (flags = PyLong_AsLong(args[2])) == -1 && PyErr_Occurred())
        return NULL;
    if (count > 3 && get_row(self, args[3], &op) < 0)
        return NULL;
    if (open_frames(&frames, args[0], count > 1 ? args[1] : Py_None) < 0)
        goto done;
    faults = PyBytes_FromStringAndSize(NULL, frames.count);
    if (!faults)
        goto done;
    uint8_t *to = (uint8_t *)PyBytes_AS_STRING(faults);
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t i = 0; i < frames.count; i++) {
        const uint8_t *data;
        int64_t octets;
        out_t out = {NULL};
        frame_at(&frames, i, &data, &octets);
        start_reader(&r, &self->table, data, octets, (unsigned)flags & FLAG_LENIENT);
        to[i] = decode_message_of(&r, op, out, M_WALK) ? (uint8_t)r.fault.code : 0;
    }
    Py_END_ALLOW_THREADS
done:
    close_frames(&frames);
    return faults;
}

#endif
