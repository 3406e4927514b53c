/* Faults as exceptions, and records from Python values. */
#ifndef V2X_ENGINE_MAKE_H
#define V2X_ENGINE_MAKE_H

#include "engine_encode.h"
#include "engine_object.h"

/* One profile: the table and the classes made from it.  The classes hold it and it holds them; profiles are few
 * and live as long as the process, so nothing takes them apart again. */
typedef struct {
    PyObject_HEAD
    table_t table;
    class_info *classes;
    unsigned class_count;
    PyObject *base;     /* of the classes */
    PyObject *by_name;  /* {type name: class} */
    PyObject *to_error; /* (code, root, path, bit, a, b, c, names, object, encoding) -> CodecError */
    const op_t *root;   /* MessageFrame */
} engine_t;

/* Faults -------------------------------------------------------------------------------------------------- */

static PyObject *path_of(const fault_t *fault)
{
    PyObject *path = PyTuple_New(fault->steps);
    for (unsigned i = 0; path && i < fault->steps; i++) {
        const step_t *step = &fault->path[fault->steps - 1 - i];
        PyObject *name = step->part ? Py_NewRef(step->part->name) : PyLong_FromLongLong(step->index);
        if (!name)
            Py_CLEAR(path);
        else
            PyTuple_SET_ITEM(path, i, name);
    }
    return path;
}

/* The name of the class of a type: where a path begins. */
static PyObject *root_name(const op_t *op)
{
    return PyUnicode_FromString(strrchr(op->cls->name, '.') + 1);
}

/* The names that a type allows, for the text of the error. */
static PyObject *allowed_by(const fault_t *fault)
{
    const op_t *op = fault->op;

    if (fault->code == FAULT_NO_RECORD)
        return Py_BuildValue("(s)", op->cls->name);
    if (op && (op->code == OP_ENUM || op->code == OP_BITS))
        return Py_NewRef(op->names);
    if (op && op->code == OP_CHOICE)
        return PyDict_Keys(op->index);
    return PyTuple_New(0);
}

/* Sets the exception of a fault and gives back what it held; NULL for the caller to return. */
static COLD PyObject *raise_fault(const engine_t *engine, fault_t *fault, PyObject *root, int encoding)
{
    PyObject *error = NULL, *path = NULL, *names = NULL;

    if (fault->code == FAULT_PYTHON) {
        Py_CLEAR(fault->object);
        return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    }
    path = path_of(fault);
    names = path ? allowed_by(fault) : NULL;
    if (names)
        error = PyObject_CallFunction(engine->to_error, "iOOLLLLOOO", fault->code, root, path, (long long)fault->bit,
                                      (long long)fault->a, (long long)fault->b, (long long)fault->c, names,
                                      fault->object ? fault->object : Py_None, encoding ? Py_True : Py_False);
    if (error)
        PyErr_SetObject((PyObject *)Py_TYPE(error), error);
    Py_CLEAR(fault->object);
    Py_XDECREF(path);
    Py_XDECREF(names);
    Py_XDECREF(error);
    return NULL;
}

static COLD PyObject *raise_at(const engine_t *engine, fault_t *fault, const op_t *op, int encoding)
{
    PyObject *root = root_name(op);
    if (root)
        raise_fault(engine, fault, root, encoding);
    else
        Py_CLEAR(fault->object);
    Py_XDECREF(root);
    return NULL;
}

/* Records from Python values ------------------------------------------------------------------------------ */

static int slot_from(fault_t *fault, const table_t *table, const op_t *op, PyObject *value, slot_t *slot);

static int made(fault_t *fault, slot_t *slot, PyObject *object)
{
    slot->object = object;
    return object ? 0 : out_of_memory(fault);
}

/* A set or list of names: bits of the root's size. */
static int bits_from_names(fault_t *fault, const table_t *table, const op_t *op, PyObject *value, slot_t *slot)
{
    PyObject *names = PySequence_Tuple(value);
    bits_t *bits = names ? bits_new(table->bits_type, op->low, op->names) : NULL;
    int failed = bits ? 0 : out_of_memory(fault);

    if (bits)
        memset(bits->octets, 0, (size_t)Py_SIZE(bits));
    for (Py_ssize_t i = 0; !failed && i < PyTuple_GET_SIZE(names); i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        Py_ssize_t at = PyUnicode_Check(name) ? PySequence_Index(op->names, name) : -1;
        if (at < 0 || at >= bits->length || !PyUnicode_GET_LENGTH(name)) {
            PyErr_Clear();
            failed = wrong(fault, FAULT_BITS_NAME, op, name, 0, 0, 0);
        } else {
            bits->octets[at >> 3] |= (uint8_t)(0x80 >> (at & 7));
        }
    }
    Py_XDECREF(names);
    if (failed)
        Py_CLEAR(bits);
    slot->object = (PyObject *)bits;
    return failed;
}

static int bits_slot(fault_t *fault, const table_t *table, const op_t *op, PyObject *value, slot_t *slot)
{
    const uint8_t *octets;
    PyObject *held;
    int64_t length;

    if (PyAnySet_Check(value) || PyList_Check(value))
        return bits_from_names(fault, table, op, value, slot);
    if (Py_TYPE(value) == table->bits_type) {
        bits_t *given = (bits_t *)value;
        length = given->length;
        octets = given->octets;
        if (length >= 16384 || !size_is_right(op, length))
            return wrong(fault, FAULT_BITS_COUNT, op, value, length, op->low, op->high);
        if (given->names == op->names)
            return made(fault, slot, Py_NewRef(value));
    } else {
        if (bits_from(fault, op, value, &held, &length))
            return -1;
        octets = (const uint8_t *)PyBytes_AS_STRING(held);
    }
    bits_t *bits = bits_new(table->bits_type, length, op->names);
    if (bits)
        memcpy(bits->octets, octets, (size_t)Py_SIZE(bits));
    return made(fault, slot, (PyObject *)bits);
}

/* A list or tuple: a tuple of values as they stand in slots. */
static int list_slot(fault_t *fault, const table_t *table, const op_t *op, PyObject *value, slot_t *slot)
{
    const op_t *element = table->ops + op->first;
    PyObject *given, *tuple;

    if (!PyList_Check(value) && !PyTuple_Check(value))
        return wrong(fault, FAULT_NO_LIST, op, value, 0, 0, 0);
    given = PySequence_Tuple(value); /* an own one: the caller's list may change */
    if (!given)
        return out_of_memory(fault);
    Py_ssize_t count = PyTuple_GET_SIZE(given);
    if (!size_is_right(op, count)) {
        Py_DECREF(given);
        return wrong(fault, FAULT_COUNT, op, value, count, op->low, op->high);
    }
    tuple = make_list(count, M_RECORDS);
    int failed = tuple ? 0 : out_of_memory(fault);
    for (Py_ssize_t i = 0; !failed && i < count; i++) {
        slot_t item;
        failed = slot_from(fault, table, element, PyTuple_GET_ITEM(given, i), &item);
        if (failed) {
            step_out(fault, NULL, i);
            break;
        }
        PyObject *object = element->object ? item.object : slot_value(element, item);
        failed = object ? 0 : out_of_memory(fault);
        if (object)
            PyTuple_SET_ITEM(tuple, i, object);
    }
    Py_DECREF(given);
    if (failed)
        Py_CLEAR(tuple);
    slot->object = tuple;
    return failed;
}

/* The slot of a value that was checked; on a fault nothing is kept.  Subclasses of bytes and str are copied:
 * they could refer to anything, and records are not garbage collected. */
static int slot_from(fault_t *fault, const table_t *table, const op_t *op, PyObject *value, slot_t *slot)
{
    slot->object = NULL;
    switch (op->code) {
    case OP_SEQ:
    case OP_CHOICE:
        if (Py_TYPE(value) != op->cls->type)
            return wrong(fault, FAULT_NO_RECORD, op, value, 0, 0, 0);
        return made(fault, slot, Py_NewRef(value));
    case OP_LIST:
        return list_slot(fault, table, op, value, slot);
    case OP_BITS:
        return bits_slot(fault, table, op, value, slot);
    case OP_OCTETS:
        if (octets_from(fault, op, value))
            return -1;
        if (PyBytes_CheckExact(value))
            return made(fault, slot, Py_NewRef(value));
        return made(fault, slot, PyBytes_FromStringAndSize(PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value)));
    case OP_TEXT:
        return text_from(fault, op, value) ? -1 : made(fault, slot, PyUnicode_FromObject(value));
    case OP_OPEN: /* message_fits() looks at it when the messageId is known */
        return made(fault, slot, Py_NewRef(value));
    default:
        return number_from(fault, op, value, &slot->number);
    }
}

/* The value of an open type is the message of its number; of an unknown number, octets. */
static int message_fits(fault_t *fault, const table_t *table, record_t *record, unsigned at)
{
    const op_t *known = message_op(table, at ? record->slots[at - 1].number : -1);
    PyObject *value = record->slots[at].object;
    int fits = known ? Py_TYPE(value) == known->cls->type : PyBytes_CheckExact(value);
    int64_t number = at ? record->slots[at - 1].number : -1;

    if (fits)
        return 0;
    wrong(fault, known ? FAULT_NO_RECORD : FAULT_MESSAGE, known, value, number, 0, 0);
    return step_out(fault, &record->cls->parts[at], 0);
}

/* A copy of unknown additions that refers to nothing but exact bytes and numbers. */
static int unknown_slot(fault_t *fault, const class_info *cls, PyObject *value, record_t *record)
{
    int last = -1;
    int64_t count;

    for (unsigned i = 0; i < cls->op->more; i++)
        last = record->present >> (cls->op->count + i) & 1 ? (int)i : last;
    if (check_unknown(fault, cls->op, value, last, &count))
        return -1;
    /* check_unknown() has seen to it that there are exact tuples, numbers and bytes only */
    PyObject *entries = PyTuple_GET_ITEM(value, 1);
    if (PyTuple_GET_SIZE(entries) == 0 && count == cls->op->more)
        return 0; /* what is written without them too */
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(entries); i++)
        PyObject_GC_UnTrack(PyTuple_GET_ITEM(entries, i));
    PyObject_GC_UnTrack(entries);
    PyObject_GC_UnTrack(value);
    record->slots[cls->count].object = Py_NewRef(value);
    return 0;
}

static int misuse(fault_t *fault, PyObject *kind, const class_info *cls, const char *text, PyObject *name)
{
    PyErr_Format(kind, "%s: %U %s", strrchr(cls->name, '.') + 1, name, text);
    return out_of_memory(fault);
}

static int fill_sequence(fault_t *fault, const engine_t *engine, record_t *record, PyObject *kwargs)
{
    const class_info *cls = record->cls;
    PyObject *name, *value, *unknown = NULL;
    Py_ssize_t at = 0;

    while (kwargs && PyDict_Next(kwargs, &at, &name, &value)) {
        PyObject *found = PyDict_GetItemWithError(cls->attributes, name);
        if (!found) {
            if (PyErr_Occurred())
                return out_of_memory(fault);
            if (is_extensible(cls->op) && PyUnicode_CompareWithASCIIString(name, "unknown_additions") == 0) {
                unknown = value == Py_None ? NULL : value;
                continue;
            }
            return misuse(fault, PyExc_TypeError, cls, "is no attribute", name);
        }
        unsigned i = (unsigned)PyLong_AsUnsignedLong(found);
        const part_t *part = &cls->parts[i];
        if (value == Py_None && part->flags & PART_OPTIONAL)
            continue;
        if (slot_from(fault, &engine->table, part->op, value, &record->slots[i]))
            return step_out(fault, part, 0);
        record->present |= (uint64_t)1 << i;
    }
    for (unsigned i = 0; i < cls->count; i++) {
        if (record->present >> i & 1) {
            if (cls->parts[i].op->code == OP_OPEN && message_fits(fault, &engine->table, record, i))
                return -1;
            continue;
        }
        if (cls->mandatory >> i & 1)
            return misuse(fault, PyExc_TypeError, cls, "is missing", cls->parts[i].attribute);
        if (cls->parts[i].op->object)
            record->slots[i].object = Py_NewRef(Py_None);
    }
    return unknown ? unknown_slot(fault, cls, unknown, record) : 0;
}

static int fill_choice(fault_t *fault, const engine_t *engine, record_t *record, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"name", "value", NULL};
    const class_info *cls = record->cls;
    PyObject *name, *value, *found;
    slot_t slot;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO", keywords, &name, &value))
        return out_of_memory(fault);
    found = PyUnicode_Check(name) ? PyDict_GetItemWithError(cls->op->index, name) : NULL;
    if (!found)
        return PyErr_Occurred() ? out_of_memory(fault) : wrong(fault, FAULT_NO_ALTERNATIVE, cls->op, name, 0, 0, 0);
    int64_t at = PyLong_AsLongLong(found);
    if (slot_from(fault, &engine->table, cls->parts[at].op, value, &slot))
        return step_out(fault, &cls->parts[at], 0);
    record->slots[0].number = at;
    record->slots[1] = slot;
    return 0;
}

static const char class_capsule[] = "v2x.codecs._engine.class_info";

static PyObject *record_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *capsule = PyObject_GetAttrString((PyObject *)type, "_class_info");
    class_info *cls = capsule ? PyCapsule_GetPointer(capsule, class_capsule) : NULL;
    fault_t fault;
    int failed;

    Py_XDECREF(capsule);
    if (!cls)
        return NULL;
    const engine_t *engine = (const engine_t *)cls->engine;
    record_t *record = record_alloc(cls);
    if (!record)
        return NULL;
    fault.object = NULL;
    if (cls->op->code == OP_CHOICE) {
        failed = fill_choice(&fault, engine, record, args, kwargs);
    } else if (PyTuple_GET_SIZE(args)) {
        PyErr_Format(PyExc_TypeError, "%s takes keyword arguments only", strrchr(cls->name, '.') + 1);
        failed = out_of_memory(&fault);
    } else {
        failed = fill_sequence(&fault, engine, record, kwargs);
    }
    if (!failed)
        return (PyObject *)record;
    Py_DECREF(record);
    return raise_at(engine, &fault, cls->op, 1);
}

#endif
