/* COER, last part: the type.
 *
 *   Coer(ops, fields, names, roots, record, to_error)   v2x/codecs/coer_table.py has the table
 *     .decode(type_name, data)                  the value of all octets
 *     .decode_prefix(type_name, data, offset)   (value, offset after it)
 *     .encode(type_name, value)                 octets
 *
 * Any octets give a value or CodecError; any Python value gives octets or CodecError.  v2x/codecs/coer_pure.py does
 * the same in Python.
 */
#ifndef V2X_ENGINE_COER_H
#define V2X_ENGINE_COER_H

#include "engine_coer_values.h"

/* Refers to nothing that refers back but `record` and `to_error`, a class and a function of a module, which live as
 * long as the interpreter: it need not be garbage collected. */
typedef struct {
    PyObject_HEAD
    coer_table_t table;
    PyObject *roots;    /* {type name: row} */
    PyObject *to_error;
} coer_t;

static const coer_op_t *coer_root(const coer_t *self, PyObject *name)
{
    PyObject *row = PyDict_GetItemWithError(self->roots, name);
    if (!row) {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_ValueError, "no type %R in the table of the secured message", name);
        return NULL;
    }
    return &self->table.ops[PyLong_AsLong(row)];
}

/* The octets of anything that has a buffer, as bytes. */
static PyObject *coer_bytes(PyObject *data)
{
    if (PyBytes_CheckExact(data))
        return Py_NewRef(data);
    if (!PyObject_CheckBuffer(data))
        return PyErr_Format(PyExc_TypeError, "octets are wanted, not %.100s", Py_TYPE(data)->tp_name);
    PyObject *view = PyMemoryView_FromObject(data);
    PyObject *octets = view ? PyBytes_FromObject(view) : NULL;
    Py_XDECREF(view);
    return octets;
}

/* A value from r->pos on; `all`: nothing may be left over. */
static PyObject *coer_decode_from(const coer_t *self, coer_reader_t *r, const coer_op_t *op, PyObject *name, int all)
{
    PyObject *value = NULL;

    r->table = &self->table;
    r->data = (const uint8_t *)PyBytes_AS_STRING(r->whole);
    r->end = PyBytes_GET_SIZE(r->whole);
    r->fault.value = NULL;
    if (UNLIKELY(r->end > COER_MAX_OCTETS))
        coer_bad(r, COER_FAULT_TOO_LONG, -1, 0, NULL);
    else
        value = coer_read(r, op, COER_MAX_DEPTH);
    if (UNLIKELY(value && all && r->pos < r->end)) {
        Py_CLEAR(value);
        coer_bad(r, COER_FAULT_TRAILING, r->pos, r->end - r->pos, NULL);
    }
    return LIKELY(value) ? value : coer_raise(&r->fault, self->to_error, name);
}

static PyObject *coer_decode(coer_t *self, PyObject *const *args, Py_ssize_t count)
{
    coer_reader_t r;

    if (count != 2)
        return PyErr_Format(PyExc_TypeError, "2 arguments are wanted, %zd were given", count);
    const coer_op_t *op = coer_root(self, args[0]);
    if (!op)
        return NULL;
    r.whole = coer_bytes(args[1]);
    if (!r.whole)
        return NULL;
    r.pos = 0;
    PyObject *value = coer_decode_from(self, &r, op, args[0], 1);
    Py_DECREF(r.whole);
    return value;
}

static PyObject *coer_decode_prefix(coer_t *self, PyObject *const *args, Py_ssize_t count)
{
    PyObject *value = NULL;
    coer_reader_t r;

    if (count != 3)
        return PyErr_Format(PyExc_TypeError, "3 arguments are wanted, %zd were given", count);
    const coer_op_t *op = coer_root(self, args[0]);
    if (!op)
        return NULL;
    r.whole = coer_bytes(args[1]);
    if (!r.whole)
        return NULL;
    r.pos = PyNumber_AsSsize_t(args[2], NULL);
    if (!PyErr_Occurred()) {
        if (r.pos < 0 || r.pos > PyBytes_GET_SIZE(r.whole))
            PyErr_Format(PyExc_ValueError, "offset %S is not in 0..%zd", args[2], PyBytes_GET_SIZE(r.whole));
        else
            value = coer_decode_from(self, &r, op, args[0], 0);
    }
    Py_DECREF(r.whole);
    return value ? Py_BuildValue("(Nn)", value, r.pos) : NULL;
}

static PyObject *coer_encode(coer_t *self, PyObject *const *args, Py_ssize_t count)
{
    PyObject *octets;
    coer_writer_t w;

    if (count != 2)
        return PyErr_Format(PyExc_TypeError, "2 arguments are wanted, %zd were given", count);
    const coer_op_t *op = coer_root(self, args[0]);
    if (!op)
        return NULL;
    w.octets = w.first;
    w.room = sizeof w.first;
    w.pos = 0;
    w.table = &self->table;
    w.fault.value = NULL;
    if (LIKELY(coer_write(&w, op, args[1], COER_MAX_DEPTH) == 0))
        octets = PyBytes_FromStringAndSize((const char *)w.octets, w.pos);
    else
        octets = coer_raise(&w.fault, self->to_error, args[0]);
    if (w.octets != w.first)
        PyMem_Free(w.octets);
    return octets;
}

static int coer_check_roots(const coer_t *self)
{
    PyObject *name, *row;
    Py_ssize_t at = 0;

    while (PyDict_Next(self->roots, &at, &name, &row)) {
        long long number = PyLong_Check(row) ? PyLong_AsLongLong(row) : -1;
        if (PyErr_Occurred() || !PyUnicode_CheckExact(name) || number < 0 || number >= self->table.op_count)
            return PyErr_Occurred() ? -1 : bad_table("a root that is no row", (Py_ssize_t)number);
    }
    return 0;
}

static PyObject *coer_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"ops", "fields", "names", "roots", "record", "to_error", NULL};
    PyObject *ops, *fields, *names, *roots, *record, *to_error;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!O!O!O!OO:Coer", keywords, &PyTuple_Type, &ops, &PyTuple_Type,
                                     &fields, &PyTuple_Type, &names, &PyDict_Type, &roots, &record, &to_error))
        return NULL;
    coer_t *self = (coer_t *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    self->to_error = Py_NewRef(to_error);
    self->roots = PyDict_Copy(roots);
    if (!self->roots || coer_load(&self->table, ops, fields, names, record) < 0 || coer_check_roots(self) < 0)
        Py_CLEAR(self);
    return (PyObject *)self;
}

static void coer_dealloc(coer_t *self)
{
    PyTypeObject *type = Py_TYPE(self);

    coer_free(&self->table);
    Py_XDECREF(self->roots);
    Py_XDECREF(self->to_error);
    type->tp_free(self);
    Py_DECREF(type);
}

#define COER_FAST(function) (PyCFunction)(void (*)(void))function, METH_FASTCALL

static PyMethodDef coer_methods[] = {
    {"decode", COER_FAST(coer_decode), "decode(type_name, data, /)\n--\n\nThe value of all octets."},
    {"decode_prefix", COER_FAST(coer_decode_prefix),
     "decode_prefix(type_name, data, offset, /)\n--\n\nThe value that begins at offset and the offset after it."},
    {"encode", COER_FAST(coer_encode), "encode(type_name, value, /)\n--\n\nThe canonical octets of a value."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot coer_slots[] = {
    {Py_tp_doc, "COER of the secured message: its table."},
    {Py_tp_new, coer_new},
    {Py_tp_dealloc, coer_dealloc},
    {Py_tp_methods, coer_methods},
    {0, NULL},
};

static PyType_Spec coer_spec = {
    .name = "v2x.codecs._engine.Coer",
    .basicsize = sizeof(coer_t),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = coer_slots,
};

#endif
