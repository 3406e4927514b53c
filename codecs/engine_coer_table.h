/* COER, first part: the table of the secured message's types in memory, checked once, and the faults.
 *
 * v2x/codecs/coer_table.py describes the rows.  Types refer to each other in any order and to themselves (a secured
 * message holds another), so recursion is bounded by a depth that is counted, not by the table.
 */
#ifndef V2X_ENGINE_COER_TABLE_H
#define V2X_ENGINE_COER_TABLE_H

#include "engine_bits.h"

/* Limits -------------------------------------------------------------------------------------------------- */

#define COER_MAX_OCTETS (1 << 20)  /* a revocation list of 65,536 hash entries of 15 octets */
#define COER_MAX_DEPTH 48          /* a certificate in a signed message needs 16, a message inside it as many again */
#define COER_MAX_LIST 65536        /* a revocation list of a city's vehicles; an element costs an octet or more */
#define COER_MAX_ADDITIONS 256     /* bits of a presence bit string: the longest type known has 3 additions */
#define COER_MAX_FIELDS 62         /* of a SEQUENCE or CHOICE, the longest has 13: presence bits fit a word, tags an octet */
#define COER_MAX_TAGS 63           /* tags in one octet */
#define COER_MAX_ROWS 65535        /* rows, fields, names: the table has about 200 and 300 */

/* Table --------------------------------------------------------------------------------------------------- */

enum { COER_NULL, COER_INTEGER, COER_BIG, COER_ENUM, COER_OCTETS, COER_BITS, COER_UTF8, COER_SEQ, COER_LIST,
       COER_CHOICE, COER_END };

enum { COER_EXTENSIBLE = 1, COER_SIGNED = 2 }; /* flags of a row */

typedef struct {
    uint8_t code, flags;
    uint8_t size;       /* octets: of an INTEGER, of a BIT STRING, of a SEQUENCE's preamble */
    uint8_t unused;     /* BIT STRING: mask of the unused bits in its last octet */
    uint16_t count;     /* fields in the root */
    uint16_t more;      /* fields behind the extension marker */
    uint32_t first;     /* first field, or the row of the element */
    int64_t low;
    uint64_t high;      /* of a signed INTEGER its bits; UINT64_MAX for no upper bound */
    uint64_t padding;   /* SEQUENCE: bits of the preamble that are zero */
    PyObject *row;      /* the row as given: errors quote its bounds */
    PyObject *names;    /* ENUMERATED: tuple of str */
    PyObject *index;    /* ENUMERATED: name to number; SEQUENCE, CHOICE: name to number of the field */
} coer_op_t;

typedef struct {
    const coer_op_t *op;
    uint64_t mask;         /* its bit in the preamble; 0: always there */
    PyObject *name;        /* interned */
    PyObject *value;       /* of DEFAULT, or NULL */
    PyObject *octets;      /* DEFAULT's encoding, bytes */
} coer_field_t;

typedef struct {
    coer_op_t *ops;
    coer_field_t *fields;
    uint32_t op_count, field_count;
    PyTypeObject *record;   /* the class of a decoded SEQUENCE: a dict with a slot */
    Py_ssize_t slot;        /* the offset of its `octets` */
    PyObject *no_arguments; /* () */
    PyObject *unknown_key;  /* "..." */
} coer_table_t;

/* Faults -------------------------------------------------------------------------------------------------- */

/* The numbers are those of v2x/codecs/coer_faults.py, which turns them into CodecError. */
enum {
    COER_FAULT_TRUNCATED = 1,
    COER_FAULT_DEPTH,
    COER_FAULT_LENGTH_OCTETS,
    COER_FAULT_LENGTH_FORM,
    COER_FAULT_RANGE,
    COER_FAULT_INTEGER_OCTETS,
    COER_FAULT_INTEGER_FORM,
    COER_FAULT_SIZE,
    COER_FAULT_UTF8,
    COER_FAULT_UNUSED_BITS,
    COER_FAULT_ENUM_OCTETS,
    COER_FAULT_ENUM_FORM,
    COER_FAULT_ENUM_VALUE,
    COER_FAULT_COUNT_FORM,
    COER_FAULT_COUNT,
    COER_FAULT_PADDING,
    COER_FAULT_DEFAULT,
    COER_FAULT_PRESENCE_EMPTY,
    COER_FAULT_PRESENCE_FORM,
    COER_FAULT_ADDITIONS,
    COER_FAULT_OPEN_REST,
    COER_FAULT_TAG,
    COER_FAULT_ALTERNATIVE,
    COER_FAULT_TRAILING,
    COER_FAULT_TOO_LONG,
    COER_FAULT_VALUE_DEPTH = 32,
    COER_FAULT_VALUE_FULL,
    COER_FAULT_VALUE_NULL,
    COER_FAULT_VALUE_RANGE,
    COER_FAULT_VALUE_UNSIGNED,
    COER_FAULT_VALUE_INTEGER,
    COER_FAULT_VALUE_NO_OCTETS,
    COER_FAULT_VALUE_SIZE,
    COER_FAULT_VALUE_NO_TEXT,
    COER_FAULT_VALUE_UTF8,
    COER_FAULT_VALUE_NO_BITS,
    COER_FAULT_VALUE_BITS_SIZE,
    COER_FAULT_VALUE_UNUSED_BITS,
    COER_FAULT_VALUE_ENUM,
    COER_FAULT_VALUE_LIST,
    COER_FAULT_VALUE_NO_DICT,
    COER_FAULT_VALUE_NO_FIELD,
    COER_FAULT_VALUE_MISSING,
    COER_FAULT_VALUE_ADDITIONS,
    COER_FAULT_VALUE_ADDITION,
    COER_FAULT_VALUE_NO_CHOICE,
    COER_FAULT_VALUE_ALTERNATIVE,
    COER_FAULT_VALUE_UNKNOWN,
    COER_FAULT_PYTHON = 99, /* a Python exception is set: memory */
};

typedef struct {
    PyObject *name; /* NULL: an element; borrowed from the table */
    Py_ssize_t index;
} coer_step_t;

typedef struct {
    int code;
    unsigned steps;      /* innermost first */
    Py_ssize_t octet;    /* -1: not known */
    int64_t a;
    const coer_op_t *op; /* whose bounds are quoted, or NULL */
    PyObject *value;     /* a strong reference, or NULL */
    coer_step_t path[2 * COER_MAX_DEPTH + 2]; /* an addition adds two names: "..." and its own */
} coer_fault_t;

static COLD void coer_store(coer_fault_t *fault, int code, Py_ssize_t octet, int64_t a, const coer_op_t *op,
                            PyObject *value)
{
    fault->code = code;
    fault->steps = 0;
    fault->octet = octet;
    fault->a = a;
    fault->op = op;
    fault->value = Py_XNewRef(value);
}

static COLD void coer_store_python(coer_fault_t *fault)
{
    coer_store(fault, COER_FAULT_PYTHON, -1, 0, NULL, NULL);
}

/* Called on the way out of a failed field or element. */
static COLD void coer_step_out(coer_fault_t *fault, PyObject *name, Py_ssize_t index)
{
    if (fault->steps < sizeof fault->path / sizeof *fault->path) {
        fault->path[fault->steps].name = name;
        fault->path[fault->steps++].index = index;
    }
}

static PyObject *coer_path(const coer_fault_t *fault)
{
    PyObject *path = PyTuple_New(fault->steps);
    for (unsigned i = 0; path && i < fault->steps; i++) {
        const coer_step_t *step = &fault->path[fault->steps - 1 - i];
        PyObject *shown = step->name ? Py_NewRef(step->name) : PyLong_FromSsize_t(step->index);
        if (!shown)
            Py_CLEAR(path);
        else
            PyTuple_SET_ITEM(path, i, shown);
    }
    return path;
}

/* The fault as the exception that `to_error` makes of it; NULL. */
static COLD PyObject *coer_raise(coer_fault_t *fault, PyObject *to_error, PyObject *type_name)
{
    if (fault->code == COER_FAULT_PYTHON)
        return NULL;
    PyObject *path = coer_path(fault);
    PyObject *low = fault->op ? PyTuple_GET_ITEM(fault->op->row, 3) : Py_None;
    PyObject *high = fault->op ? PyTuple_GET_ITEM(fault->op->row, 4) : Py_None;
    PyObject *value = fault->value ? fault->value : Py_None, *error = NULL;
    if (path)
        error = PyObject_CallFunction(to_error, "iOOnLOOO", fault->code, type_name, path, fault->octet,
                                      (long long)fault->a, value, low, high);
    Py_XDECREF(path);
    Py_CLEAR(fault->value);
    if (error) {
        PyErr_SetObject((PyObject *)Py_TYPE(error), error);
        Py_DECREF(error);
    }
    return NULL;
}

#endif
