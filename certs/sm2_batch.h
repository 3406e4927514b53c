/* Many checks at once, without the interpreter lock.
 *
 * Work goes in parts of PART_LIMIT checks.  For each part, with the lock: references to keys and octets are taken,
 * and memory for the tables that keys have earned.  Without it: tables are made, digests, checks; eight side by
 * side where the machine can.  With it again: tables go to the shelf, verdicts to the list.
 */
#ifndef V2X_SM2_BATCH_H
#define V2X_SM2_BATCH_H

#include "sm2_keys.h"
#include "sm2_lanes_check.h"

enum {
    PART_LIMIT = 256, /* checks: enough that groups of eight are full, and some 100 KB of memory */
};

typedef struct {
    sm2_key_t *key;
    PyObject *message, *signature; /* bytes */
    table_t *table;                /* that of the key, or the one made in this part; NULL: none */
    check_t check;
    int good;
} job_t;

typedef struct {
    job_t jobs[PART_LIMIT];
    sm2_key_t *builds[PART_LIMIT]; /* keys that get a table; their jobs hold the references */
    int count, build_count;
    int digests; /* the messages are digests of 32 octets */
    int lanes;   /* eight side by side */
} part_t;

/* Without the lock ---------------------------------------------------------------------------------------- */

#ifdef HAVE_LANES
/* Groups of eight; the last one is filled up with its first. */
static void build_in_lanes(part_t *part)
{
    field_affine_t spare[WIDE_BASES * MULTIPLES], *tables[LANES];
    const field_affine_t *points[LANES];

    for (int at = 0; at < part->build_count; at += LANES) {
        for (int i = 0; i < LANES; i++) {
            int real = at + i < part->build_count;
            const sm2_key_t *key = part->builds[real ? at + i : at];

            points[i] = &key->point;
            tables[i] = real ? key->fresh->points : spare;
        }
        lanes_make_tables(tables, points, WIDE_BASES);
    }
}

static void check_in_lanes(job_t *const *jobs, int count)
{
    const check_t *checks[LANES];
    const field_affine_t *points[LANES], *tables[LANES];
    int good[LANES], wide = jobs[0]->table != NULL;

    for (int i = 0; i < LANES; i++) {
        const job_t *job = jobs[i < count ? i : 0];

        checks[i] = &job->check;
        points[i] = &job->key->point;
        tables[i] = wide ? job->table->points : NULL;
    }
    lanes_check(good, checks, points, wide ? tables : NULL);
    for (int i = 0; i < count; i++)
        jobs[i]->good = good[i];
}
#endif

static void check_jobs(const part_t *part, job_t *const *jobs, int count)
{
    int at = 0;

#ifdef HAVE_LANES
    for (; part->lanes && count - at > 1; at += count - at < LANES ? count - at : LANES)
        check_in_lanes(jobs + at, count - at < LANES ? count - at : LANES);
#else
    (void)part;
#endif
    for (; at < count; at++) {
        job_t *job = jobs[at];

        job->good = check_one(&job->check, &job->key->point, job->table ? job->table->points : NULL);
    }
}

static void part_run(part_t *part)
{
    job_t *groups[2][PART_LIMIT];
    int counts[2] = {0, 0}, build = 0;

#ifdef HAVE_LANES
    if (part->lanes && part->build_count > 1) {
        build_in_lanes(part);
        build = part->build_count;
    }
#endif
    for (; build < part->build_count; build++)
        field_make_table(part->builds[build]->fresh->points, &part->builds[build]->point, WIDE_BASES);
    for (int i = 0; i < part->count; i++) {
        job_t *job = &part->jobs[i];
        const uint8_t *message = (const uint8_t *)PyBytes_AS_STRING(job->message);
        uint8_t digest[32];
        int wide = job->table != NULL;

        if (PyBytes_GET_SIZE(job->signature) != 64)
            continue;
        if (part->digests)
            memcpy(digest, message, sizeof digest);
        else
            key_digest(job->key, message, (size_t)PyBytes_GET_SIZE(job->message), digest);
        if (check_read(&job->check, (const uint8_t *)PyBytes_AS_STRING(job->signature), digest) == 0)
            groups[wide][counts[wide]++] = job;
    }
    check_jobs(part, groups[0], counts[0]);
    check_jobs(part, groups[1], counts[1]);
}

/* With the lock ------------------------------------------------------------------------------------------- */

/* Take one (key, message, signature); -1 with an exception. */
static int part_add(part_t *part, PyTypeObject *type, PyObject *item)
{
    job_t *job = &part->jobs[part->count];
    PyObject *key;

    if (!PyTuple_Check(item) || PyTuple_GET_SIZE(item) != 3 || !Py_IS_TYPE(key = PyTuple_GET_ITEM(item, 0), type)) {
        PyErr_SetString(PyExc_TypeError, "a check is a tuple of a Key, a message and a signature");
        return -1;
    }
    memset(job, 0, sizeof *job);
    job->message = PyBytes_FromObject(PyTuple_GET_ITEM(item, 1));
    job->signature = job->message ? PyBytes_FromObject(PyTuple_GET_ITEM(item, 2)) : NULL;
    if (job->signature && part->digests && PyBytes_GET_SIZE(job->message) != 32)
        PyErr_SetString(PyExc_ValueError, "a digest has 32 octets");
    if (PyErr_Occurred()) {
        Py_XDECREF(job->message);
        Py_XDECREF(job->signature);
        return -1;
    }
    job->key = (sm2_key_t *)Py_NewRef(key);
    job->table = shelf_use(job->key);
    if (!job->table) {
        table_t *fresh = table_begin(job->key);

        if (fresh) {
            job->key->builder = part;
            job->key->fresh = fresh;
            part->builds[part->build_count++] = job->key;
        }
        if (job->key->builder == part)
            job->table = job->key->fresh;
    }
    if (job->table)
        job->table->users++;
    part->count++;
    return 0;
}

/* Hand tables and references back; the verdicts go to `out` from `first` on, unless that is NULL. */
static void part_end(part_t *part, PyObject *out, Py_ssize_t first)
{
    for (int i = 0; i < part->build_count; i++) {
        sm2_key_t *key = part->builds[i];

        if (out)
            shelf_put(key, key->fresh);
        key->builder = NULL;
        key->fresh = NULL;
    }
    for (int i = 0; i < part->count; i++) {
        job_t *job = &part->jobs[i];

        if (out)
            PyList_SET_ITEM(out, first + i, Py_NewRef(job->good ? Py_True : Py_False));
        if (job->good)
            key_was_good(job->key);
        if (job->table)
            table_release(job->table);
        Py_DECREF(job->message);
        Py_DECREF(job->signature);
        Py_DECREF(job->key);
    }
}

/* A list of verdicts for a sequence of (key, message, signature). */
static PyObject *check_many(PyTypeObject *type, PyObject *items, int digests, int lanes)
{
    PyObject *all = PySequence_Tuple(items), *out = NULL;
    part_t *part = PyMem_RawMalloc(sizeof *part);
    Py_ssize_t at = 0, size = all ? PyTuple_GET_SIZE(all) : 0;

    if (all && !part)
        PyErr_NoMemory();
    if (all && part)
        out = PyList_New(size);
    while (out && at < size) {
        int failed = 0;

        part->count = part->build_count = 0;
        part->digests = digests;
        part->lanes = lanes;
        while (!failed && part->count < PART_LIMIT && at + part->count < size)
            failed = part_add(part, type, PyTuple_GET_ITEM(all, at + part->count)) < 0;
        if (!failed) {
            Py_BEGIN_ALLOW_THREADS
            part_run(part);
            Py_END_ALLOW_THREADS
        }
        at += part->count;
        part_end(part, failed ? NULL : out, at - part->count);
        if (failed || PyErr_CheckSignals() < 0)
            Py_CLEAR(out);
    }
    PyMem_RawFree(part);
    Py_XDECREF(all);
    return out;
}

#endif
