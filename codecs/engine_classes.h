/* The classes of a profile: one per SEQUENCE and CHOICE, with a getter or member per part. */
#ifndef V2X_ENGINE_CLASSES_H
#define V2X_ENGINE_CLASSES_H

#include "engine_make.h"

/* "module.Position_LL_24B" for Position-LL-24B. */
static char *class_name(const char *module, PyObject *type_name)
{
    const char *name = PyUnicode_AsUTF8(type_name);
    size_t before = strlen(module) + 1;
    char *full = name ? PyMem_Malloc(before + strlen(name) + 1) : NULL;

    if (!full)
        return NULL;
    memcpy(full, module, before - 1);
    full[before - 1] = '.';
    strcpy(full + before, name);
    for (char *c = full + before; *c; c++)
        if (*c == '-')
            *c = '_';
    return full;
}

static int fill_getters(class_info *cls)
{
    PyGetSetDef *getter_at = cls->getters;
    PyMemberDef *member = cls->members;

    if (cls->op->code == OP_CHOICE) {
        *getter_at++ = (PyGetSetDef){"name", (getter)choice_name, NULL, "The alternative, as the standard names it.", NULL};
        *getter_at++ = (PyGetSetDef){"value", (getter)choice_value, NULL, "Its value.", NULL};
        return 0;
    }
    for (unsigned i = 0; i < cls->count; i++) {
        const part_t *part = &cls->parts[i];
        const char *name = PyUnicode_AsUTF8(part->attribute);
        if (!name)
            return -1;
        if (part->op->object)
            *member++ = (PyMemberDef){name, T_OBJECT_EX,
                                      (Py_ssize_t)(offsetof(record_t, slots) + i * sizeof(slot_t)), READONLY, NULL};
        else
            *getter_at++ = (PyGetSetDef){name, (getter)number_getter, NULL, NULL, (void *)(uintptr_t)part};
    }
    if (is_extensible(cls->op))
        *getter_at = (PyGetSetDef){"unknown_additions", (getter)unknown_getter, NULL,
                                   "None, or (bits of the bitmap, ((index, octets), ...)) of a later edition.", NULL};
    return 0;
}

static int describe_class(class_info *cls, const engine_t *engine, op_t *op)
{
    cls->op = op;
    cls->engine = (PyObject *)engine;
    cls->parts = engine->table.parts + op->first;
    cls->count = (unsigned)op->count + op->more;
    cls->slots = op->code == OP_CHOICE ? 2 : cls->count + is_extensible(op);
    for (unsigned i = 0; op->code == OP_SEQ && i < cls->count; i++) {
        if (!(cls->parts[i].flags & PART_OPTIONAL))
            cls->mandatory |= (uint64_t)1 << i;
        if (cls->parts[i].op->object)
            cls->objects[cls->object_count++] = (uint8_t)i;
    }
    if (op->code == OP_SEQ && is_extensible(op))
        cls->objects[cls->object_count++] = (uint8_t)cls->count; /* unknown additions */
    cls->attributes = PyDict_New();
    cls->getters = PyMem_Calloc(cls->count + 3, sizeof *cls->getters);
    cls->members = PyMem_Calloc(cls->count + 1, sizeof *cls->members);
    if (!cls->attributes || !cls->getters || !cls->members) {
        PyErr_NoMemory();
        return -1;
    }
    for (unsigned i = 0; i < cls->count; i++) {
        PyObject *number = PyLong_FromUnsignedLong(i);
        int failed = !number || PyDict_SetItem(cls->attributes, cls->parts[i].attribute, number) < 0;
        Py_XDECREF(number);
        if (failed)
            return -1;
    }
    op->cls = cls;
    return fill_getters(cls);
}

static int make_class(class_info *cls, const engine_t *engine, op_t *op, const char *module, PyObject *type_name)
{
    cls->name = class_name(module, type_name);
    if (!cls->name || describe_class(cls, engine, op) < 0)
        return PyErr_Occurred() ? -1 : (PyErr_NoMemory(), -1);
    PyType_Slot slots[] = {
        {Py_tp_new, record_new},
        {Py_tp_dealloc, record_dealloc},
        {Py_tp_hash, record_hash},
        {Py_tp_richcompare, record_compare},
        {Py_tp_getset, cls->getters},
        {Py_tp_members, cls->members},
        {0, NULL},
    };
    PyType_Spec spec = {
        .name = cls->name,
        .basicsize = (int)(sizeof(record_t) + cls->slots * sizeof(slot_t)),
        .flags = Py_TPFLAGS_DEFAULT,
        .slots = slots,
    };
    PyObject *bases = PyTuple_Pack(1, engine->base);
    cls->type = bases ? (PyTypeObject *)PyType_FromSpecWithBases(&spec, bases) : NULL;
    Py_XDECREF(bases);
    if (!cls->type)
        return -1;
    PyObject *capsule = PyCapsule_New(cls, class_capsule, NULL);
    int failed = !capsule || PyObject_SetAttrString((PyObject *)cls->type, "_class_info", capsule) < 0 ||
                 PyObject_SetAttrString((PyObject *)cls->type, "_engine", (PyObject *)engine) < 0 ||
                 PyDict_SetItem(engine->by_name, type_name, (PyObject *)cls->type) < 0;
    Py_XDECREF(capsule);
    return failed ? -1 : 0;
}

#endif
