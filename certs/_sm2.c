/* SM2 signatures checked in C, and SM3.  v2x/certs/sm2.py is what the rest of the program uses.
 *
 *   Key(point, user_id)                    a public point with its ID, ready to verify
 *     .verify(message, signature)          bool; the lock is held
 *     .point, .ready                       04 || x || y, whether its table is made
 *   verify_keys(items, lanes=True)         a bool for each (key, message, signature), without the lock
 *   verify_digests(items, lanes=True)      the same with e in the place of the message, for tests
 *   decompress(point)                      04 || x || y
 *   sm3(data)                              32 octets
 *   LANES                                  whether this machine can check eight side by side
 *   TABLE_AFTER, TABLE_LIMIT               see sm2_keys.h
 *
 * The parts: sm2_field.h (numbers), sm2_formulas.h (points, over two fields), sm2_curve.h (a check in portable C),
 * sm2_lanes.h and sm2_lanes_check.h (eight on AVX512-IFMA), sm2_hash.h (SM3), sm2_keys.h (keys and their tables),
 * sm2_batch.h (many).
 *
 * Everything here is public: points, messages, signatures.  Times depend on them, so nothing here may ever take a
 * private key; signing is libcrypto's.  What changes (keys, the shelf of tables) changes with the lock held, and one
 * interpreter of a process may load this.
 */
#include "sm2_batch.h"

static PyTypeObject *key_type;

static PyObject *sm2_many(PyObject *args, PyObject *names, int digests)
{
    static char *keywords[] = {"items", "lanes", NULL};
    PyObject *items;
    int lanes = 1;

    if (!PyArg_ParseTupleAndKeywords(args, names, "O|p", keywords, &items, &lanes))
        return NULL;
#ifdef HAVE_LANES
    lanes = lanes && lanes_usable();
#endif
    return check_many(key_type, items, digests, lanes);
}

static PyObject *sm2_verify_keys(PyObject *module, PyObject *args, PyObject *names)
{
    (void)module;
    return sm2_many(args, names, 0);
}

static PyObject *sm2_verify_digests(PyObject *module, PyObject *args, PyObject *names)
{
    (void)module;
    return sm2_many(args, names, 1);
}

static PyObject *sm2_decompress(PyObject *module, PyObject *argument)
{
    uint8_t octets[65];
    field_affine_t point;
    Py_buffer view;
    int failed;

    (void)module;
    if (PyObject_GetBuffer(argument, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    failed = point_from(&point, &view) < 0;
    PyBuffer_Release(&view);
    if (failed)
        return NULL;
    point_write(octets, &point);
    return PyBytes_FromStringAndSize((const char *)octets, sizeof octets);
}

static PyObject *sm2_sm3(PyObject *module, PyObject *argument)
{
    uint8_t digest[32];
    Py_buffer view;
    sm3_t hash;

    (void)module;
    if (PyObject_GetBuffer(argument, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    sm3_begin(&hash);
    sm3_add(&hash, view.buf, (size_t)view.len);
    sm3_end(&hash, digest);
    PyBuffer_Release(&view);
    return PyBytes_FromStringAndSize((const char *)digest, sizeof digest);
}

static PyMethodDef sm2_methods[] = {
    {"verify_keys", (PyCFunction)(void (*)(void))sm2_verify_keys, METH_VARARGS | METH_KEYWORDS, "Many checks at once."},
    {"verify_digests", (PyCFunction)(void (*)(void))sm2_verify_digests, METH_VARARGS | METH_KEYWORDS,
     "Many checks of digests at once."},
    {"decompress", sm2_decompress, METH_O, "The point as 04 || x || y; ValueError if it is none of the curve."},
    {"sm3", sm2_sm3, METH_O, "SM3 of the octets."},
    {NULL, NULL, 0, NULL},
};

static int sm2_exec(PyObject *module)
{
    int lanes = 0;

#ifdef HAVE_LANES
    lanes = lanes_usable();
#endif
    if (!key_type) {
        make_base_table();
        key_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &key_spec, NULL);
    }
    return !key_type || PyModule_AddObjectRef(module, "Key", (PyObject *)key_type) < 0 ||
                   PyModule_AddObjectRef(module, "LANES", lanes ? Py_True : Py_False) < 0 ||
                   PyModule_AddIntConstant(module, "TABLE_AFTER", TABLE_AFTER) < 0 ||
                   PyModule_AddIntConstant(module, "TABLE_LIMIT", TABLE_LIMIT) < 0
               ? -1
               : 0;
}

static PyModuleDef_Slot sm2_slots[] = {
    {Py_mod_exec, sm2_exec},
#if PY_VERSION_HEX >= 0x030c0000
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
    {0, NULL},
};

static struct PyModuleDef sm2_definition = {
    PyModuleDef_HEAD_INIT, "v2x.certs._sm2", "SM2 signatures checked in C.", 0, sm2_methods, sm2_slots,
    NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__sm2(void)
{
    return PyModuleDef_Init(&sm2_definition);
}
