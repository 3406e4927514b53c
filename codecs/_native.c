/* Bits and p-encoded numbers in C: the contract of v2x/codecs/purebits.py.
 *
 * read_bits(data, bit_offset, width) -> int      most significant bit first, as UPER counts them
 * p_encode(value) -> bytes                       1 to 4 octets
 * p_decode(data, offset=0) -> (value, next)
 *
 * Wrong arguments and data that end too early raise ValueError.  Nothing is kept between calls.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>

#define P_ENCODED_MAX 270549119LL

/* More than 56 bits can touch nine octets: let Python's own big integers do those. */
static PyObject *read_wide(const uint8_t *octets, Py_ssize_t count, int shift, Py_ssize_t width)
{
    PyObject *number = PyObject_CallMethod((PyObject *)&PyLong_Type, "from_bytes", "y#s",
                                           (const char *)octets, count, "big");
    PyObject *one = PyLong_FromLong(1);
    PyObject *by = PyLong_FromLong(shift);
    PyObject *bits = PyLong_FromSsize_t(width);
    PyObject *shifted = NULL, *power = NULL, *mask = NULL, *result = NULL;

    if (number && one && by && bits) {
        shifted = PyNumber_Rshift(number, by);
        power = PyNumber_Lshift(one, bits);
        if (shifted && power) {
            mask = PyNumber_Subtract(power, one);
            if (mask)
                result = PyNumber_And(shifted, mask);
        }
    }
    Py_XDECREF(number);
    Py_XDECREF(one);
    Py_XDECREF(by);
    Py_XDECREF(bits);
    Py_XDECREF(shifted);
    Py_XDECREF(power);
    Py_XDECREF(mask);
    return result;
}

static PyObject *bits_of(const uint8_t *octets, Py_ssize_t length, Py_ssize_t offset, Py_ssize_t width)
{
    Py_ssize_t first, last;
    int spare;

    /* The two quotients keep the sum below from overflowing. */
    if (offset < 0 || width < 0 || offset / 8 > length || width / 8 > length ||
        (uint64_t)offset + (uint64_t)width > (uint64_t)length * 8)
        return PyErr_Format(PyExc_ValueError, "%zd bits at bit %zd are not inside %zd octets", width, offset,
                            length);
    first = offset >> 3;
    last = (Py_ssize_t)(((uint64_t)offset + (uint64_t)width + 7) >> 3);
    spare = (int)(-((uint64_t)offset + (uint64_t)width) & 7);
    if (width > 56)
        return read_wide(octets + first, last - first, spare, width);
    if (width == 0)
        return PyLong_FromLong(0);
    uint64_t value = 0;
    for (Py_ssize_t i = first; i < last; i++)
        value = (value << 8) | octets[i];
    return PyLong_FromUnsignedLongLong((value >> spare) & (UINT64_MAX >> (64 - width)));
}

static PyObject *native_read_bits(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    Py_ssize_t offset, width;
    Py_buffer view;
    PyObject *result;
    (void)self;

    if (count != 3)
        return PyErr_Format(PyExc_TypeError, "read_bits() takes 3 arguments, %zd were given", count);
    offset = PyNumber_AsSsize_t(args[1], PyExc_ValueError);
    if (offset == -1 && PyErr_Occurred())
        return NULL;
    width = PyNumber_AsSsize_t(args[2], PyExc_ValueError);
    if (width == -1 && PyErr_Occurred())
        return NULL;
    if (PyBytes_CheckExact(args[0]))
        return bits_of((const uint8_t *)PyBytes_AS_STRING(args[0]), PyBytes_GET_SIZE(args[0]), offset, width);
    if (PyObject_GetBuffer(args[0], &view, PyBUF_SIMPLE) < 0)
        return NULL;
    result = bits_of((const uint8_t *)view.buf, view.len, offset, width);
    PyBuffer_Release(&view);
    return result;
}

static PyObject *native_p_encode(PyObject *self, PyObject *argument)
{
    int overflow = 0;
    long long value;
    uint32_t coded;
    int octets;
    char out[4];
    (void)self;

    value = PyLong_AsLongLongAndOverflow(argument, &overflow);
    if (value == -1 && PyErr_Occurred())
        return NULL;
    if (overflow || value < 0 || value > P_ENCODED_MAX) {
        PyErr_Format(PyExc_ValueError, "%S has no p-encoding: not in 0..%lld", argument, P_ENCODED_MAX);
        return NULL;
    }
    if (value < 0x80) {
        coded = (uint32_t)value;
        octets = 1;
    } else if (value < 0x4080) {
        coded = 0x8000u + (uint32_t)(value - 0x80);
        octets = 2;
    } else if (value < 0x204080) {
        coded = 0xC00000u + (uint32_t)(value - 0x4080);
        octets = 3;
    } else {
        coded = 0xE0000000u + (uint32_t)(value - 0x204080);
        octets = 4;
    }
    for (int i = 0; i < octets; i++)
        out[i] = (char)(coded >> (8 * (octets - 1 - i)));
    return PyBytes_FromStringAndSize(out, octets);
}

static PyObject *native_p_decode(PyObject *self, PyObject *args)
{
    static const uint32_t prefix[] = {0, 0x8000u, 0xC00000u, 0xE0000000u};
    static const uint32_t first[] = {0, 0x80u, 0x4080u, 0x204080u};
    Py_buffer view;
    Py_ssize_t offset = 0;
    uint32_t number = 0;
    uint8_t lead;
    int octets;
    (void)self;

    if (!PyArg_ParseTuple(args, "y*|n:p_decode", &view, &offset))
        return NULL;
    if (offset < 0 || offset >= view.len) {
        PyBuffer_Release(&view);
        return PyErr_Format(PyExc_ValueError, "no octet at offset %zd", offset);
    }
    lead = ((const uint8_t *)view.buf)[offset];
    octets = lead < 0x80 ? 1 : lead < 0xC0 ? 2 : lead < 0xE0 ? 3 : 4;
    if (lead >= 0xF0) {
        PyBuffer_Release(&view);
        return PyErr_Format(PyExc_ValueError, "lead octet 0x%x is invalid in p-encoding", lead);
    }
    if (octets > view.len - offset) {
        Py_ssize_t there = view.len - offset;
        PyBuffer_Release(&view);
        return PyErr_Format(PyExc_ValueError, "lead octet 0x%x announces %d octets, %zd are there", lead, octets,
                            there);
    }
    for (int i = 0; i < octets; i++)
        number = (number << 8) | ((const uint8_t *)view.buf)[offset + i];
    PyBuffer_Release(&view);
    return Py_BuildValue("(kn)", (unsigned long)(number - prefix[octets - 1] + first[octets - 1]),
                         offset + octets);
}

static PyMethodDef methods[] = {
    {"read_bits", (PyCFunction)(void (*)(void))native_read_bits, METH_FASTCALL,
     "read_bits(data, bit_offset, width) -> int\n\nThe unsigned number in width bits from bit_offset on."},
    {"p_encode", native_p_encode, METH_O, "p_encode(value) -> bytes\n\nThe p-encoding, 1 to 4 octets."},
    {"p_decode", native_p_decode, METH_VARARGS,
     "p_decode(data, offset=0) -> (value, next)\n\nThe p-encoded number at offset."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "v2x.codecs._native", "Bits and p-encoded numbers in C.", 0, methods,
    NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__native(void)
{
    return PyModuleDef_Init(&module);
}
