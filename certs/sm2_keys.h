/* Keys with the tables that make their checks fast.
 *
 * A key gets a wide table (4 KB) after TABLE_AFTER good signatures, so nobody can make us build one by forging.
 * The tables of all keys stand on one shelf, ordered by their use; beyond TABLE_LIMIT the one that was not used
 * for the longest time is dropped.  Keys and shelf change only with the interpreter lock held; a batch that works
 * without the lock is a user of the tables that it reads, and the last user frees a dropped one.
 */
#ifndef V2X_SM2_KEYS_H
#define V2X_SM2_KEYS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "sm2_curve.h"
#include "sm2_hash.h"

enum {
    TABLE_AFTER = 2,    /* a table costs some two checks without one, and saves more than half of each later check */
    TABLE_LIMIT = 4096, /* 16 MB: twice the signers that a trust store remembers */
    ID_LIMIT = 8191,    /* octets, as the length is written in 16 bits of bits */
};

typedef struct table table_t;
typedef struct sm2_key sm2_key_t;

struct table {
    field_affine_t points[WIDE_BASES * MULTIPLES];
    table_t *newer, *older;
    sm2_key_t *owner; /* NULL: not on the shelf */
    Py_ssize_t users;
};

struct sm2_key {
    PyObject_HEAD
    field_affine_t point;
    uint8_t octets[65];
    uint8_t identity[32]; /* Z_A */
    int good;             /* good signatures so far, at most TABLE_AFTER */
    table_t *table;
    const void *builder;  /* the batch that is making a table */
    table_t *fresh;       /* what it makes */
};

static struct {
    table_t *newest, *oldest;
    int count;
} shelf;

/* The shelf ----------------------------------------------------------------------------------------------- */

static void table_release(table_t *table)
{
    if (--table->users == 0 && !table->owner)
        PyMem_RawFree(table);
}

static void shelf_unlink(table_t *table)
{
    *(table->newer ? &table->newer->older : &shelf.newest) = table->older;
    *(table->older ? &table->older->newer : &shelf.oldest) = table->newer;
}

static void shelf_link(table_t *table)
{
    table->newer = NULL;
    table->older = shelf.newest;
    *(shelf.newest ? &shelf.newest->newer : &shelf.oldest) = table;
    shelf.newest = table;
}

/* A table leaves the shelf and its key. */
static void shelf_drop(table_t *table)
{
    shelf_unlink(table);
    shelf.count--;
    table->owner->table = NULL;
    table->owner = NULL;
    table->users++;
    table_release(table);
}

/* A table that was made for a key, with no owner yet. */
static void shelf_put(sm2_key_t *key, table_t *table)
{
    if (shelf.count == TABLE_LIMIT)
        shelf_drop(shelf.oldest);
    table->owner = key;
    key->table = table;
    shelf_link(table);
    shelf.count++;
}

/* The key's table as the newest one, or NULL. */
static table_t *shelf_use(sm2_key_t *key)
{
    if (key->table && key->table != shelf.newest) {
        shelf_unlink(key->table);
        shelf_link(key->table);
    }
    return key->table;
}

/* Memory for a table that the key deserves and does not have; NULL also where there is no memory left. */
static table_t *table_begin(const sm2_key_t *key)
{
    table_t *table = NULL;

    if (!key->table && !key->builder && key->good >= TABLE_AFTER)
        table = PyMem_RawMalloc(sizeof *table);
    if (table) {
        table->owner = NULL;
        table->users = 0;
    }
    return table;
}

static void key_was_good(sm2_key_t *key)
{
    if (key->good < TABLE_AFTER)
        key->good++;
}

/* The digest that is signed: SM3(Z_A || message). */
static void key_digest(const sm2_key_t *key, const uint8_t *message, size_t size, uint8_t digest[32])
{
    sm3_t hash;

    sm3_begin(&hash);
    sm3_add(&hash, key->identity, sizeof key->identity);
    sm3_add(&hash, message, size);
    sm3_end(&hash, digest);
}

/* A point from a buffer; -1 with ValueError. */
static int point_from(field_affine_t *point, const Py_buffer *view)
{
    int found = point_read(point, view->buf, (size_t)view->len);

    if (found == POINT_SHAPE)
        PyErr_Format(PyExc_ValueError, "%zd octets are no SM2 point", view->len);
    if (found == POINT_OFF)
        PyErr_SetString(PyExc_ValueError, "the point is not on the SM2 curve");
    return found == POINT_GOOD ? 0 : -1;
}

/* The type ------------------------------------------------------------------------------------------------ */

/* SM3(ENTL || ID || a || b || xG || yG || xA || yA), GB/T 32918.2 */
static void key_identify(sm2_key_t *key, const uint8_t *id, size_t size)
{
    const uint8_t entl[2] = {(uint8_t)(8 * size >> 8), (uint8_t)(8 * size)};
    const field_affine_t base = {BASE_X, BASE_Y};
    uint8_t octets[65];
    number_t a = FIELD_P;
    sm3_t hash;

    a.limb[0] -= 3;
    sm3_begin(&hash);
    sm3_add(&hash, entl, sizeof entl);
    sm3_add(&hash, id, size);
    number_write(octets, a);
    sm3_add(&hash, octets, 32);
    number_write(octets, field_value(CURVE_B));
    sm3_add(&hash, octets, 32);
    point_write(octets, &base);
    sm3_add(&hash, octets + 1, 64);
    sm3_add(&hash, key->octets + 1, 64);
    sm3_end(&hash, key->identity);
}

static PyObject *key_new(PyTypeObject *type, PyObject *args, PyObject *names)
{
    static char *keywords[] = {"point", "user_id", NULL};
    Py_buffer point, id;
    sm2_key_t *key = NULL;
    field_affine_t affine;

    if (!PyArg_ParseTupleAndKeywords(args, names, "y*y*", keywords, &point, &id))
        return NULL;
    if (id.len > ID_LIMIT)
        PyErr_Format(PyExc_ValueError, "an SM2 ID has at most %d octets", ID_LIMIT);
    else if (point_from(&affine, &point) == 0)
        key = (sm2_key_t *)type->tp_alloc(type, 0);
    if (key) { /* its other members are zero */
        key->point = affine;
        point_write(key->octets, &affine);
        key_identify(key, id.buf, (size_t)id.len);
    }
    PyBuffer_Release(&point);
    PyBuffer_Release(&id);
    return (PyObject *)key;
}

static void key_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    if (((sm2_key_t *)self)->table)
        shelf_drop(((sm2_key_t *)self)->table);
    type->tp_free(self);
    Py_DECREF(type);
}

/* The whole check of one digest, with the lock held: it lasts less than it takes to hand the lock over. */
static int key_check(sm2_key_t *key, const uint8_t *signature, const uint8_t digest[32])
{
    table_t *table = shelf_use(key), *fresh = table_begin(key);
    check_t check;
    int good;

    if (fresh) {
        field_make_table(fresh->points, &key->point, WIDE_BASES);
        shelf_put(key, fresh);
        table = fresh;
    }
    good = check_read(&check, signature, digest) == 0 && check_one(&check, &key->point, table ? table->points : NULL);
    if (good)
        key_was_good(key);
    return good;
}

static PyObject *key_verify(PyObject *self, PyObject *args)
{
    sm2_key_t *key = (sm2_key_t *)self;
    Py_buffer message, signature;
    uint8_t digest[32];
    int good = 0;

    if (!PyArg_ParseTuple(args, "y*y*", &message, &signature))
        return NULL;
    if (signature.len == 64) {
        key_digest(key, message.buf, (size_t)message.len, digest);
        good = key_check(key, signature.buf, digest);
    }
    PyBuffer_Release(&message);
    PyBuffer_Release(&signature);
    return PyBool_FromLong(good);
}

static PyObject *key_get_point(PyObject *self, void *unused)
{
    (void)unused;
    return PyBytes_FromStringAndSize((const char *)((sm2_key_t *)self)->octets, 65);
}

static PyObject *key_get_ready(PyObject *self, void *unused)
{
    (void)unused;
    return PyBool_FromLong(((sm2_key_t *)self)->table != NULL);
}

static PyMethodDef key_methods[] = {
    {"verify", key_verify, METH_VARARGS, "verify(message, signature): whether r || s is this key's for the message."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef key_getters[] = {
    {"point", key_get_point, NULL, "04 || x || y", NULL},
    {"ready", key_get_ready, NULL, "whether the key has its table", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot key_slots[] = {
    {Py_tp_doc, "Key(point, user_id): a public point with its ID; ValueError if it is none of the curve."},
    {Py_tp_new, key_new},
    {Py_tp_dealloc, key_dealloc},
    {Py_tp_methods, key_methods},
    {Py_tp_getset, key_getters},
    {0, NULL},
};

static PyType_Spec key_spec = {
    .name = "v2x.certs._sm2.Key",
    .basicsize = sizeof(sm2_key_t),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = key_slots,
};

#endif
