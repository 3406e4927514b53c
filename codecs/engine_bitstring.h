/* Bits: the typed value of a BIT STRING, immutable, with the names of its bits; the twin is purebitstring.py. */
#ifndef V2X_ENGINE_BITSTRING_H
#define V2X_ENGINE_BITSTRING_H

#include "engine_bits.h"

typedef struct {
    PyObject_VAR_HEAD  /* ob_size: octets */
    Py_ssize_t length; /* bits */
    PyObject *names;   /* tuple of str by bit number, "" for a bit without a name */
    uint8_t octets[];
} bits_t;

static bits_t *bits_new(PyTypeObject *type, Py_ssize_t length, PyObject *names)
{
    bits_t *bits = PyObject_NewVar(bits_t, type, (length + 7) >> 3);
    if (bits) {
        bits->length = length;
        bits->names = Py_NewRef(names);
    }
    return bits;
}

static void bits_dealloc(bits_t *self)
{
    PyTypeObject *type = Py_TYPE(self);
    Py_DECREF(self->names);
    PyObject_Free(self);
    Py_DECREF(type);
}

static inline int bit_of(const bits_t *bits, Py_ssize_t at)
{
    return bits->octets[at >> 3] >> (7 - (at & 7)) & 1;
}

/* The octets of `bits` bits are as many as are needed, and zero behind the last bit. */
static int bits_are_clean(const uint8_t *octets, Py_ssize_t count, int64_t bits)
{
    return count == (bits + 7) >> 3 && (!(bits & 7) || !(octets[count - 1] & (0xFF >> (bits & 7))));
}

static PyObject *bits_make(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"value", "length", "names", NULL};
    PyObject *value, *names = NULL;
    Py_ssize_t length;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "Sn|O!:Bits", keywords, &value, &length, &PyTuple_Type, &names))
        return NULL;
    const uint8_t *octets = (const uint8_t *)PyBytes_AS_STRING(value);
    if (length < 0 || length > 8 * PyBytes_GET_SIZE(value) || !bits_are_clean(octets, PyBytes_GET_SIZE(value), length)) {
        PyErr_Format(PyExc_ValueError, "%R are not the octets of %zd bits", value, length);
        return NULL;
    }
    /* Exact names only: a subclass of str could refer to anything, and Bits are not garbage collected. */
    PyObject *exact = names ? PyTuple_New(PyTuple_GET_SIZE(names)) : PyTuple_New(0);
    for (Py_ssize_t i = 0; exact && names && i < PyTuple_GET_SIZE(names); i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        if (!PyUnicode_CheckExact(name)) {
            PyErr_SetString(PyExc_TypeError, "the names of bits are text");
            Py_CLEAR(exact);
            break;
        }
        PyTuple_SET_ITEM(exact, i, Py_NewRef(name));
    }
    if (!exact)
        return NULL;
    PyObject_GC_UnTrack(exact);
    bits_t *bits = bits_new(type, length, exact);
    Py_DECREF(exact);
    if (bits)
        memcpy(bits->octets, octets, (size_t)PyBytes_GET_SIZE(value));
    return (PyObject *)bits;
}

/* bits["name"] or bits[number]. */
static PyObject *bits_subscript(bits_t *self, PyObject *key)
{
    Py_ssize_t at = -1;
    if (PyUnicode_Check(key)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(self->names) && at < 0; i++) {
            int same = PyObject_RichCompareBool(PyTuple_GET_ITEM(self->names, i), key, Py_EQ);
            if (same < 0)
                return NULL;
            if (same && PyUnicode_GET_LENGTH(key) > 0)
                at = i;
        }
        if (at < 0)
            return PyErr_SetObject(PyExc_KeyError, key), NULL;
        return PyBool_FromLong(at < self->length && bit_of(self, at)); /* a shorter string ends in zeros */
    }
    at = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (at == -1 && PyErr_Occurred())
        return NULL;
    if (at < 0 || at >= self->length)
        return PyErr_Format(PyExc_IndexError, "bit %zd of %zd", at, self->length);
    return PyBool_FromLong(bit_of(self, at));
}

static PyObject *bits_value(bits_t *self, void *closure)
{
    (void)closure;
    return PyBytes_FromStringAndSize((const char *)self->octets, Py_SIZE(self));
}

static PyObject *bits_count(bits_t *self, void *closure)
{
    (void)closure;
    return PyLong_FromSsize_t(self->length);
}

static PyObject *bits_names(bits_t *self, void *closure)
{
    (void)closure;
    return Py_NewRef(self->names);
}

static PyObject *bits_set(bits_t *self, void *closure)
{
    (void)closure;
    PyObject *found = PyFrozenSet_New(NULL);
    Py_ssize_t count = PyTuple_GET_SIZE(self->names) < self->length ? PyTuple_GET_SIZE(self->names) : self->length;
    for (Py_ssize_t i = 0; found && i < count; i++) {
        PyObject *name = PyTuple_GET_ITEM(self->names, i);
        if (PyUnicode_GET_LENGTH(name) && bit_of(self, i) && PySet_Add(found, name) < 0)
            Py_CLEAR(found);
    }
    return found;
}

static PyObject *bits_repr(bits_t *self)
{
    PyObject *value = bits_value(self, NULL);
    PyObject *text = value ? PyUnicode_FromFormat("Bits(%R, %zd)", value, self->length) : NULL;
    Py_XDECREF(value);
    return text;
}

static int bits_equal(const bits_t *a, const bits_t *b)
{
    return a->length == b->length && memcmp(a->octets, b->octets, (size_t)Py_SIZE(a)) == 0;
}

static PyObject *bits_compare(PyObject *self, PyObject *other, int operation)
{
    if (Py_TYPE(self) != Py_TYPE(other) || (operation != Py_EQ && operation != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    return PyBool_FromLong(bits_equal((bits_t *)self, (bits_t *)other) == (operation == Py_EQ));
}

static Py_hash_t bits_hash(bits_t *self)
{
    uint64_t hash = 0xCBF29CE484222325ULL ^ (uint64_t)self->length; /* FNV-1a */
    for (Py_ssize_t i = 0; i < Py_SIZE(self); i++)
        hash = (hash ^ self->octets[i]) * 0x100000001B3ULL;
    return (Py_hash_t)hash == -1 ? -2 : (Py_hash_t)hash;
}

static PyObject *bits_self(PyObject *self, PyObject *unused)
{
    (void)unused;
    return Py_NewRef(self);
}

static PyObject *bits_reduce(bits_t *self, PyObject *unused)
{
    (void)unused;
    PyObject *value = bits_value(self, NULL);
    return value ? Py_BuildValue("(O(NnO))", Py_TYPE(self), value, self->length, self->names) : NULL;
}

static PyGetSetDef bits_getters[] = {
    {"value", (getter)bits_value, NULL, "The octets, filled up with zeros.", NULL},
    {"length", (getter)bits_count, NULL, "The number of bits.", NULL},
    {"names", (getter)bits_names, NULL, "The names by bit number; empty for a bit without one.", NULL},
    {"set", (getter)bits_set, NULL, "The names of the bits that are set.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef bits_methods[] = {
    {"__copy__", bits_self, METH_NOARGS, NULL},
    {"__deepcopy__", bits_self, METH_O, NULL},
    {"__reduce__", (PyCFunction)bits_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot bits_slots[] = {
    {Py_tp_doc, "Bits(value, length, names=())\n--\n\nA BIT STRING: its octets, its length, and the names of its bits."},
    {Py_tp_new, bits_make},
    {Py_tp_dealloc, bits_dealloc},
    {Py_tp_repr, bits_repr},
    {Py_tp_hash, bits_hash},
    {Py_tp_richcompare, bits_compare},
    {Py_tp_getset, bits_getters},
    {Py_tp_methods, bits_methods},
    {Py_mp_subscript, bits_subscript},
    {0, NULL},
};

static PyType_Spec bits_spec = {
    .name = "v2x.codecs.records.Bits",
    .basicsize = sizeof(bits_t),
    .itemsize = 1,
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = bits_slots,
};

#endif
