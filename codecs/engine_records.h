/* The typed values: one immutable class per SEQUENCE and CHOICE of the table.
 *
 * A record holds numbers as numbers (INTEGER, ENUMERATED, BOOLEAN: boxed when they are read) and everything else
 * as a Python object.  Its parts were made by this engine or checked by record_new(): exact bytes and str, tuples
 * made here, records of the table.  None of them can refer back, so no record is ever part of a cycle and the
 * garbage collector need not know any of them.  Its lists are tuples that it is not told of either.
 */
#ifndef V2X_ENGINE_RECORDS_H
#define V2X_ENGINE_RECORDS_H

#include "engine_bitstring.h"

typedef union {
    int64_t number;   /* op->object == 0 */
    PyObject *object; /* op->object == 1; None where an optional part is absent */
} slot_t;

/* SEQUENCE: one slot per part, one more for unknown additions if it is extensible (NULL: none).
 * CHOICE: slot 0 is the number of the part, slot 1 its value. */
typedef struct {
    PyObject_HEAD
    struct class_info *cls;
    uint64_t present; /* bit i: part i has a value */
    slot_t slots[];
} record_t;

typedef struct class_info {
    const op_t *op;
    const part_t *parts;
    unsigned count;       /* of parts, additions included */
    unsigned slots;
    unsigned object_count;
    uint8_t objects[MAX_PARTS + 1]; /* slots of a SEQUENCE that hold an object */
    uint64_t mandatory;   /* bits of the parts that have to be there */
    PyTypeObject *type;
    PyObject *engine; /* borrowed: the type holds it */
    PyObject *attributes; /* {attribute: part} */
    char *name;           /* with its module */
    PyGetSetDef *getters;
    PyMemberDef *members;
} class_info;

static inline int is_extensible(const op_t *op)
{
    return op->flags & OP_EXTENSIBLE;
}

static inline const part_t *chosen_part(const record_t *record)
{
    return &record->cls->parts[record->slots[0].number];
}

/* Records ------------------------------------------------------------------------------------------------- */

/* A record whose slots are empty: numbers 0, objects NULL, nothing present. */
static inline record_t *record_alloc(class_info *cls)
{
    size_t size = sizeof(record_t) + cls->slots * sizeof(slot_t);
    record_t *record = PyObject_Malloc(size);
    if (UNLIKELY(!record))
        return (record_t *)PyErr_NoMemory();
    PyObject_Init((PyObject *)record, cls->type);
    record->cls = cls;
    record->present = 0;
    memset(record->slots, 0, cls->slots * sizeof(slot_t));
    return record;
}

static void record_dealloc(record_t *self)
{
    PyTypeObject *type = Py_TYPE(self);
    const class_info *cls = self->cls;

    if (cls->op->code == OP_CHOICE) {
        if (chosen_part(self)->op->object)
            Py_XDECREF(self->slots[1].object);
    } else {
        for (unsigned i = 0; i < cls->object_count; i++)
            Py_XDECREF(self->slots[cls->objects[i]].object);
    }
    PyObject_Free(self);
    Py_DECREF(type);
}

/* Unknown additions of a SEQUENCE: a borrowed tuple (count, ((index, octets), ...)), or NULL. */
static inline PyObject *unknown_of(const record_t *record)
{
    const class_info *cls = record->cls;
    return cls->slots > cls->count ? record->slots[cls->count].object : NULL;
}

/* The Python value of a slot: a new reference. */
static inline PyObject *slot_value(const op_t *op, slot_t slot)
{
    switch (op->code) {
    case OP_NULL:
        Py_RETURN_NONE;
    case OP_BOOL:
        return PyBool_FromLong(slot.number != 0);
    case OP_INT:
        return PyLong_FromLongLong(slot.number);
    case OP_ENUM:
        return Py_NewRef(PyTuple_GET_ITEM(op->names, slot.number));
    default:
        return Py_NewRef(slot.object);
    }
}

static PyObject *number_getter(record_t *self, void *closure)
{
    const part_t *part = closure;
    Py_ssize_t at = part - self->cls->parts;
    if (!(self->present >> at & 1))
        Py_RETURN_NONE;
    return slot_value(part->op, self->slots[at]);
}

static PyObject *choice_name(record_t *self, void *closure)
{
    (void)closure;
    return Py_NewRef(chosen_part(self)->name);
}

static PyObject *choice_value(record_t *self, void *closure)
{
    (void)closure;
    return slot_value(chosen_part(self)->op, self->slots[1]);
}

static PyObject *unknown_getter(record_t *self, void *closure)
{
    (void)closure;
    PyObject *unknown = unknown_of(self);
    return Py_NewRef(unknown ? unknown : Py_None);
}

static int slots_equal(const op_t *op, slot_t a, slot_t b)
{
    if (!op->object || a.object == b.object)
        return a.number == b.number;
    return PyObject_RichCompareBool(a.object, b.object, Py_EQ);
}

static int records_equal(const record_t *a, const record_t *b)
{
    const class_info *cls = a->cls;

    if (a == b)
        return 1;
    if (cls->op->code == OP_CHOICE)
        return a->slots[0].number != b->slots[0].number ? 0
                                                        : slots_equal(chosen_part(a)->op, a->slots[1], b->slots[1]);
    if (a->present != b->present)
        return 0;
    for (unsigned i = 0; i < cls->count; i++) {
        int same = slots_equal(cls->parts[i].op, a->slots[i], b->slots[i]);
        if (same != 1)
            return same;
    }
    PyObject *ours = unknown_of(a), *theirs = unknown_of(b);
    if (ours && theirs)
        return PyObject_RichCompareBool(ours, theirs, Py_EQ);
    return ours == theirs;
}

static PyObject *record_compare(PyObject *self, PyObject *other, int operation)
{
    if (Py_TYPE(self) != Py_TYPE(other) || (operation != Py_EQ && operation != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    int same = records_equal((record_t *)self, (record_t *)other);
    return same < 0 ? NULL : PyBool_FromLong(same == (operation == Py_EQ));
}

static int hash_slot(uint64_t *hash, const op_t *op, slot_t slot)
{
    uint64_t part = (uint64_t)slot.number;
    if (op->object && slot.object) {
        Py_hash_t inner = PyObject_Hash(slot.object);
        if (inner == -1)
            return -1;
        part = (uint64_t)inner;
    }
    *hash = (*hash ^ part) * 0x9E3779B97F4A7C15ULL; /* Fibonacci hashing spreads the low bits upwards */
    *hash ^= *hash >> 32;
    return 0;
}

static Py_hash_t record_hash(record_t *self)
{
    uint64_t hash = (uint64_t)(uintptr_t)self->cls ^ self->present;
    const class_info *cls = self->cls;

    if (cls->op->code == OP_CHOICE) {
        hash ^= (uint64_t)self->slots[0].number << 8;
        if (hash_slot(&hash, chosen_part(self)->op, self->slots[1]) < 0)
            return -1;
    } else {
        for (unsigned i = 0; i < cls->count; i++)
            if (hash_slot(&hash, cls->parts[i].op, self->slots[i]) < 0)
                return -1;
    }
    return (Py_hash_t)hash == -1 ? -2 : (Py_hash_t)hash;
}

#endif
