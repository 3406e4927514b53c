/* The native engine: messages from octets and back, by the op-table of a profile.
 *
 *   Engine(ops, parts, names, messages, roots, root, module, to_error)   v2x/codecs/optable.py has the table
 *     .decode(data, flags=0, row=root)          record
 *     .decode_dict(data, flags=0, row=root)     asn1tools' form
 *     .inspect(data, flags, row, form)          (value, canonical, padding, unknown)
 *     .encode(record)                           octets
 *     .encode_dict(value, row=root)             octets
 *     .walk_many(frames, offsets, flags, row)   one fault number per frame, without the interpreter lock
 *     .columns(...)                             see engine_job.h, without the interpreter lock
 *     .classes                                  {type name: class}
 *
 * The parts: engine_table.h (the table, and every limit), engine_bits.h (bits, faults), engine_bitstring.h and
 * engine_records.h (typed values), engine_columns.h (where columns go), engine_leaves.h, engine_sequence.h and
 * engine_decode.h, engine_write.h, engine_encode.h and engine_object.h, engine_make.h and engine_classes.h (records
 * from Python values, classes), engine_batch.h and engine_job.h (many frames).  COER of the secured message is
 * engine_coer.h with what it includes.  Any octets give a value or CodecError; any Python value gives octets or
 * CodecError.
 * v2x/codecs/pureengine.py does the same in Python.  There is no state but that of Engine and Coer objects.
 */
#include "engine_coer.h"
#include "engine_job.h"

/* Input --------------------------------------------------------------------------------------------------- */

/* The octets of a message: bytes as they are, anything else with a buffer through it. */
static int open_data(PyObject *data, Py_buffer *view)
{
    if (PyBytes_Check(data)) {
        view->obj = NULL;
        view->buf = PyBytes_AS_STRING(data);
        view->len = PyBytes_GET_SIZE(data);
        return 0;
    }
    if (PyUnicode_Check(data)) {
        PyErr_SetString(PyExc_TypeError, "octets are wanted, not str");
        return -1;
    }
    return PyObject_GetBuffer(data, view, PyBUF_SIMPLE);
}

static void close_data(Py_buffer *view)
{
    if (view->obj)
        PyBuffer_Release(view);
}

/* [data, flags, row]; what is not given has its default. */
static int get_arguments(const engine_t *engine, PyObject *const *args, Py_ssize_t count, Py_ssize_t most,
                         unsigned *flags, const op_t **op)
{
    long number;

    *flags = 0;
    *op = engine->root;
    if (count < 1 || count > most) {
        PyErr_Format(PyExc_TypeError, "1 to %zd arguments are wanted, %zd were given", most, count);
        return -1;
    }
    if (count > 1) {
        number = PyLong_AsLong(args[1]);
        if (number == -1 && PyErr_Occurred())
            return -1;
        *flags = (unsigned)number & (FLAG_LENIENT | FLAG_DROP_UNKNOWN);
    }
    return count > 2 ? get_row(engine, args[2], op) : 0;
}

/* Decoding ------------------------------------------------------------------------------------------------ */

/* A value of the form that is wanted; what was noticed on the way stays in the reader.  NULL with an exception. */
static PyObject *decode_as(const engine_t *engine, reader_t *r, PyObject *data, unsigned flags, const op_t *op,
                           const result_t mode)
{
    PyObject *value = NULL;
    slot_t slot = {0};
    out_t out = {NULL};
    Py_buffer view;
    int failed;

    if (open_data(data, &view) < 0)
        return NULL;
    start_reader(r, &engine->table, view.buf, view.len, flags);
    if (mode == M_RECORDS) {
        out.slot = &slot;
        failed = decode_message_of(r, op, out, M_RECORDS);
        value = slot.object;
    } else if (mode == M_OBJECTS) {
        out.object = &value;
        failed = decode_message_of(r, op, out, M_OBJECTS);
    } else {
        failed = decode_message_of(r, op, out, M_WALK);
        value = failed ? NULL : Py_NewRef(Py_None);
    }
    close_data(&view);
    return failed ? raise_at(engine, &r->fault, op, 0) : value;
}

static PyObject *engine_decode(engine_t *self, PyObject *const *args, Py_ssize_t count)
{
    unsigned flags;
    const op_t *op;
    reader_t r;

    if (get_arguments(self, args, count, 3, &flags, &op) < 0)
        return NULL;
    return decode_as(self, &r, args[0], flags, op, M_RECORDS);
}

static PyObject *engine_decode_dict(engine_t *self, PyObject *const *args, Py_ssize_t count)
{
    unsigned flags;
    const op_t *op;
    reader_t r;

    if (get_arguments(self, args, count, 3, &flags, &op) < 0)
        return NULL;
    return decode_as(self, &r, args[0], flags, op, M_OBJECTS);
}

static PyObject *engine_inspect(engine_t *self, PyObject *const *args, Py_ssize_t count)
{
    static const result_t modes[] = {M_WALK, M_RECORDS, M_OBJECTS};
    unsigned flags;
    const op_t *op;
    reader_t r;

    if (get_arguments(self, args, count, 4, &flags, &op) < 0)
        return NULL;
    long form = count > 3 ? PyLong_AsLong(args[3]) : 1;
    if (form < 0 || form > 2)
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_ValueError, "form is 0, 1 or 2, not %ld", form);
    PyObject *value = decode_as(self, &r, args[0], flags, op, modes[form]);
    return value ? Py_BuildValue("(NOII)", value, r.odd ? Py_False : Py_True, r.padding, r.unknown) : NULL;
}

/* Encoding ------------------------------------------------------------------------------------------------ */

static PyObject *finish(const engine_t *engine, writer_t *w, const op_t *op, int failed)
{
    if (failed)
        return raise_at(engine, &w->fault, op, 1);
    return PyBytes_FromStringAndSize((const char *)w->octets, (w->pos + 7) >> 3);
}

static PyObject *engine_encode(engine_t *self, PyObject *record)
{
    writer_t w;

    for (unsigned i = self->class_count; i > 0; i--) /* MessageFrame is the last */
        if (Py_TYPE(record) == self->classes[i - 1].type) {
            slot_t slot = {.object = record};
            const op_t *op = self->classes[i - 1].op;
            start_writer(&w, &self->table);
            return finish(self, &w, op, encode_slot(&w, op, slot));
        }
    return PyErr_Format(PyExc_TypeError, "a record of this profile is wanted, not %.100s", Py_TYPE(record)->tp_name);
}

static PyObject *engine_encode_dict(engine_t *self, PyObject *const *args, Py_ssize_t count)
{
    const op_t *op = self->root;
    writer_t w;

    if (count < 1 || count > 2)
        return PyErr_Format(PyExc_TypeError, "1 or 2 arguments are wanted, %zd were given", count);
    if (count > 1 && get_row(self, args[1], &op) < 0)
        return NULL;
    start_writer(&w, &self->table);
    return finish(self, &w, op, encode_object(&w, op, args[0]));
}

/* The type ------------------------------------------------------------------------------------------------ */

static int make_classes(engine_t *self, PyObject *roots, const char *module)
{
    PyObject *type_name, *row;
    Py_ssize_t at = 0;

    self->classes = PyMem_Calloc((size_t)PyDict_GET_SIZE(roots) + 1, sizeof *self->classes);
    if (!self->classes)
        return PyErr_NoMemory(), -1;
    while (PyDict_Next(roots, &at, &type_name, &row)) {
        const op_t *op;
        if (!PyUnicode_Check(type_name))
            return PyErr_SetString(PyExc_ValueError, "op-table: a root without a name"), -1;
        if (find_row(self, row, &op) < 0)
            return -1;
        if ((op->code != OP_SEQ && op->code != OP_CHOICE) || op->cls)
            return PyErr_Format(PyExc_ValueError, "op-table: %U is no root", type_name), -1;
        if (make_class(&self->classes[self->class_count], self, &self->table.ops[op - self->table.ops], module,
                       type_name) < 0)
            return -1;
        self->class_count++;
    }
    for (uint32_t i = 0; i < self->table.op_count; i++)
        if ((self->table.ops[i].code == OP_SEQ || self->table.ops[i].code == OP_CHOICE) && !self->table.ops[i].cls)
            return bad_table("a SEQUENCE or CHOICE without a class", i);
    return 0;
}

static PyObject *engine_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"ops", "parts", "names", "messages", "roots", "root", "module", "to_error", NULL};
    PyObject *ops, *parts, *names, *messages, *roots, *root, *to_error;
    const char *module;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!O!O!O!O!OsO:Engine", keywords, &PyTuple_Type, &ops,
                                     &PyTuple_Type, &parts, &PyTuple_Type, &names, &PyTuple_Type, &messages,
                                     &PyDict_Type, &roots, &root, &module, &to_error))
        return NULL;
    engine_t *self = (engine_t *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    self->table.bits_type = (PyTypeObject *)PyObject_GetAttrString((PyObject *)type, "Bits");
    self->base = PyObject_GetAttrString((PyObject *)type, "Record");
    self->table.unknown_key = PyUnicode_InternFromString("...");
    self->to_error = Py_NewRef(to_error);
    self->by_name = PyDict_New();
    if (!self->table.bits_type || !self->base || !self->table.unknown_key || !self->by_name || load_table(&self->table, ops, parts, names, messages) < 0 ||
        find_row(self, root, &self->root) < 0 || make_classes(self, roots, module) < 0) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

/* Only ever called for an engine that was not finished: see engine_t. */
static void engine_dealloc(engine_t *self)
{
    PyTypeObject *type = Py_TYPE(self);

    for (unsigned i = 0; i < self->class_count; i++) {
        Py_XDECREF(self->classes[i].type);
        Py_XDECREF(self->classes[i].attributes);
        PyMem_Free(self->classes[i].getters);
        PyMem_Free(self->classes[i].members);
        PyMem_Free(self->classes[i].name);
    }
    PyMem_Free(self->classes);
    free_table(&self->table);
    Py_XDECREF(self->base);
    Py_XDECREF(self->by_name);
    Py_XDECREF(self->to_error);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *engine_classes(engine_t *self, void *closure)
{
    (void)closure;
    return PyDict_Copy(self->by_name);
}

static PyGetSetDef engine_getters[] = {
    {"classes", (getter)engine_classes, NULL, "The classes by the names of their types.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

#define FAST(function) (PyCFunction)(void (*)(void))function, METH_FASTCALL

static PyMethodDef engine_methods[] = {
    {"decode", FAST(engine_decode), "decode(data, flags=0, row=root, /)\n--\n\nThe record of a message."},
    {"decode_dict", FAST(engine_decode_dict),
     "decode_dict(data, flags=0, row=root, /)\n--\n\nThe value of a message in asn1tools' form."},
    {"inspect", FAST(engine_inspect),
     "inspect(data, flags=0, row=root, form=1, /)\n--\n\n(value, canonical, padding, unknown): see v2x.codecs.records."},
    {"encode", (PyCFunction)engine_encode, METH_O, "encode(record, /)\n--\n\nThe octets of a record."},
    {"encode_dict", FAST(engine_encode_dict),
     "encode_dict(value, row=root, /)\n--\n\nThe octets of a value in asn1tools' form."},
    {"walk_many", FAST(engine_walk_many),
     "walk_many(frames, offsets=None, flags=0, row=root, /)\n--\n\nOne fault number per frame, 0 for none."},
    {"columns", FAST(engine_columns), "columns(frames, offsets, flags, plan, columns, rows, faults, fill, /)\n--\n\n"
                                      "Values into arrays: see v2x.codecs.columns."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot engine_slots[] = {
    {Py_tp_doc, "One profile: its op-table and the classes made from it."},
    {Py_tp_new, engine_new},
    {Py_tp_dealloc, engine_dealloc},
    {Py_tp_getset, engine_getters},
    {Py_tp_methods, engine_methods},
    {0, NULL},
};

static PyType_Spec engine_spec = {
    .name = "v2x.codecs._engine.Engine",
    .basicsize = sizeof(engine_t),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = engine_slots,
};

/* The base of all records.  A class made by Python always has a garbage collector's header, which records must not
 * have (see engine_records.h), so it is made here; v2x/codecs/records.py gives it its methods. */
static PyType_Slot record_slots[] = {
    {Py_tp_doc, "A typed message or a part of one: see v2x.codecs.records."},
    {0, NULL},
};

static PyType_Spec record_spec = {
    .name = "v2x.codecs.records.Record",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = record_slots,
};

/* The module ---------------------------------------------------------------------------------------------- */

static int module_exec(PyObject *module)
{
    PyObject *bits = PyType_FromModuleAndSpec(module, &bits_spec, NULL);
    PyObject *engine = PyType_FromModuleAndSpec(module, &engine_spec, NULL);
    PyObject *record = PyType_FromModuleAndSpec(module, &record_spec, NULL);
    PyObject *coer = PyType_FromModuleAndSpec(module, &coer_spec, NULL);
    int failed = !bits || !engine || !record || !coer || PyObject_SetAttrString(engine, "Bits", bits) < 0 ||
                 PyObject_SetAttrString(engine, "Record", record) < 0 ||
                 PyModule_AddObjectRef(module, "Bits", bits) < 0 || PyModule_AddObjectRef(module, "Record", record) < 0 ||
                 PyModule_AddObjectRef(module, "Engine", engine) < 0 ||
                 PyModule_AddObjectRef(module, "Coer", coer) < 0 ||
                 PyModule_AddIntConstant(module, "FLAG_LENIENT", FLAG_LENIENT) < 0 ||
                 PyModule_AddIntConstant(module, "FLAG_DROP_UNKNOWN", FLAG_DROP_UNKNOWN) < 0;
    Py_XDECREF(bits);
    Py_XDECREF(engine);
    Py_XDECREF(record);
    Py_XDECREF(coer);
    return failed ? -1 : 0;
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL},
};

static struct PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT, "v2x.codecs._engine", "Messages from octets and back.", 0, NULL, module_slots, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__engine(void)
{
    return PyModuleDef_Init(&module_definition);
}
