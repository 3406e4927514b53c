/* Reading and writing bits, and the fault that ends either.  No Python objects are made here.
 *
 * Bits count from the most significant one of octet 0 (X.691).  A reader never looks behind `end`, the writer
 * never writes behind its buffer: both check before they move.
 */
#ifndef V2X_ENGINE_BITS_H
#define V2X_ENGINE_BITS_H

#include "engine_table.h"

/* Faults -------------------------------------------------------------------------------------------------- */

/* The numbers are those of v2x/codecs/faults.py, which turns them into CodecError. */
enum {
    FAULT_NONE,
    FAULT_TRUNCATED,      /* the data end before the value does */
    FAULT_RANGE,          /* INTEGER value a, allowed b..c */
    FAULT_COUNT,          /* a elements, allowed b..c */
    FAULT_OCTETS,         /* a octets, allowed b..c */
    FAULT_CHARACTERS,     /* a characters, allowed b..c */
    FAULT_ENUMERATOR,     /* no enumerator has the number a */
    FAULT_ENUM_LATER,     /* an enumerator of a later edition */
    FAULT_ALTERNATIVE,    /* no alternative has the number a */
    FAULT_CHOICE_LATER,   /* an alternative of a later edition */
    FAULT_FRAME,          /* no message has the number a */
    FAULT_FRAME_LATER,    /* a message of a later edition */
    FAULT_FRAGMENTS,      /* a length of 16,384 or more */
    FAULT_LENGTH,         /* a length determinant that means nothing */
    FAULT_ADDITIONS,      /* a presence bitmap that is too long */
    FAULT_INTEGER_EMPTY,  /* an INTEGER in extension form without octets */
    FAULT_INTEGER_HUGE,   /* ... with more than 64 significant bits */
    FAULT_TAIL_BITS,      /* bits are set behind the value */
    FAULT_TAIL_OCTETS,    /* a octets follow the value; b: not all of them are zero */
    FAULT_TOO_LONG,       /* a octets, more than MAX_MESSAGE_OCTETS */
    /* only on encode: `object` is the value */
    FAULT_NO_INTEGER,
    FAULT_NO_ENUMERATOR,
    FAULT_NO_BOOLEAN,
    FAULT_NO_NULL,
    FAULT_NO_OCTETS,
    FAULT_NO_TEXT,
    FAULT_NOT_IA5,
    FAULT_NO_BITS,        /* no (octets, number of bits) */
    FAULT_BITS_COUNT,     /* a bits, allowed b..c */
    FAULT_BITS_OCTETS,    /* a octets hold no b bits */
    FAULT_BITS_TAIL,      /* bits set behind the value's a bits */
    FAULT_BITS_NAME,      /* no bit of that name */
    FAULT_NO_LIST,
    FAULT_NO_OBJECT,      /* no dict */
    FAULT_MISSING,
    FAULT_NO_MEMBER,
    FAULT_NO_CHOICE,      /* no (name, value) */
    FAULT_NO_ALTERNATIVE,
    FAULT_NO_RECORD,      /* no instance of the class that is wanted */
    FAULT_MESSAGE,        /* bytes for a known message, or a message for an unknown number */
    FAULT_UNKNOWN_FORM,   /* unknown additions that are none */
    FAULT_PYTHON,         /* a Python exception is set: memory */
};

/* One step of a path: a part, or an element where `part` is NULL. */
typedef struct {
    const part_t *part;
    int64_t index;
} step_t;

typedef struct {
    int code;
    unsigned steps;          /* innermost first */
    int64_t bit;             /* -1: not known */
    int64_t a, b, c;
    const op_t *op;          /* of which names are allowed */
    PyObject *object;        /* a strong reference, or NULL */
    step_t path[MAX_DEPTH + 2];
} fault_t;

#define COLD __attribute__((cold, noinline))
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

static COLD void store_fault(fault_t *fault, int code, int64_t bit, int64_t a, int64_t b, int64_t c)
{
    fault->code = code;
    fault->steps = 0;
    fault->bit = bit;
    fault->a = a;
    fault->b = b;
    fault->c = c;
    fault->op = NULL;
    fault->object = NULL;
}

ALWAYS_INLINE int set_fault(fault_t *fault, int code, int64_t bit, int64_t a, int64_t b, int64_t c)
{
    store_fault(fault, code, bit, a, b, c);
    return -1;
}

/* Called on the way out of a failed part: the path is built only then. */
static COLD void store_step(fault_t *fault, const part_t *part, int64_t index)
{
    if (fault->steps < sizeof fault->path / sizeof *fault->path) {
        fault->path[fault->steps].part = part;
        fault->path[fault->steps++].index = index;
    }
}

ALWAYS_INLINE int step_out(fault_t *fault, const part_t *part, int64_t index)
{
    store_step(fault, part, index);
    return -1;
}

/* Reader -------------------------------------------------------------------------------------------------- */

enum { FLAG_LENIENT = 1, FLAG_DROP_UNKNOWN = 2 };

typedef struct {
    const uint8_t *data;
    int64_t octets;     /* in data */
    int64_t pos, end;   /* bits */
    int64_t fast;       /* the last position from which eight octets can be loaded; -1: none */
    const table_t *table;
    int64_t selector;   /* the last number that chooses an open type's content */
    unsigned flags;
    unsigned odd;       /* forms seen that this engine would not write */
    unsigned padding;   /* zero octets forgiven */
    unsigned unknown;   /* additions and messages of a later edition passed over */
    struct columns *columns; /* where M_COLUMNS puts values */
    fault_t fault;
} reader_t;

/* The fault in it is set when there is one: clearing all of it would cost more than a short message. */
static inline void start_reader(reader_t *r, const table_t *table, const uint8_t *data, int64_t octets, unsigned flags)
{
    r->data = data;
    r->octets = octets;
    r->pos = 0;
    r->end = 8 * octets;
    r->fast = octets >= 8 ? 8 * (octets - 8) + 7 : -1;
    r->table = table;
    r->selector = -1;
    r->flags = flags;
    r->odd = r->padding = r->unknown = 0;
    r->columns = NULL;
    r->fault.code = FAULT_NONE;
    r->fault.object = NULL;
}

ALWAYS_INLINE int truncated(reader_t *r)
{
    return set_fault(&r->fault, FAULT_TRUNCATED, r->pos, 0, 0, 0);
}

/* The eight octets at a position near the end of the data, with zeros behind the last one. */
static uint64_t load_tail(const reader_t *r, int64_t octet)
{
    uint64_t word = 0;
    for (int64_t i = octet; i < octet + 8; i++)
        word = word << 8 | (i < r->octets ? r->data[i] : 0);
    return word;
}

static inline uint64_t load_be64(const uint8_t *from)
{
    uint64_t word;
    memcpy(&word, from, sizeof word);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline void store_be64(uint8_t *to, uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    memcpy(to, &word, sizeof word);
}

/* 0..57 bits from a position inside the data; nothing moves. */
ALWAYS_INLINE uint64_t peek(const reader_t *r, int64_t pos, unsigned width)
{
    uint64_t word = LIKELY(pos <= r->fast) ? load_be64(r->data + (pos >> 3)) : load_tail(r, pos >> 3);
    return (word << (pos & 7)) >> 1 >> (63 - width); /* two shifts: width may be 0 */
}

ALWAYS_INLINE int take(reader_t *r, unsigned width, uint64_t *value)
{
    if (UNLIKELY((int64_t)width > r->end - r->pos))
        return truncated(r);
    *value = peek(r, r->pos, width);
    r->pos += width;
    return 0;
}

/* A general length determinant: one octet below 128, two octets below 16,384. */
static int take_length(reader_t *r, int64_t *length)
{
    uint64_t lead, rest;
    int64_t start = r->pos;

    if (take(r, 8, &lead))
        return -1;
    if (lead < 0x80) {
        *length = (int64_t)lead;
        return 0;
    }
    if (lead >= 0xC0) {
        int known = lead >= 0xC1 && lead <= 0xC4;
        return set_fault(&r->fault, known ? FAULT_FRAGMENTS : FAULT_LENGTH, start, (int64_t)lead, 0, 0);
    }
    if (take(r, 8, &rest))
        return -1;
    *length = (int64_t)((lead & 0x3F) << 8 | rest);
    r->odd += *length < 128;
    return 0;
}

/* A normally small number: a bit and six more, or a length and octets.  Numbers too large become UINT32_MAX:
 * no type has that many enumerators or alternatives. */
static int take_small(reader_t *r, int64_t *number)
{
    uint64_t value, octet;
    int64_t length;

    if (take(r, 7, &value))
        return -1;
    if (value < 64) {
        *number = (int64_t)value;
        return 0;
    }
    r->pos -= 6;
    if (take_length(r, &length))
        return -1;
    if (length * 8 > r->end - r->pos)
        return truncated(r);
    for (value = 0; length > 0; length--) {
        if (take(r, 8, &octet))
            return -1;
        value = value << 8 | octet;
        value = value > UINT32_MAX ? UINT32_MAX : value;
    }
    r->odd += value < 64;
    *number = (int64_t)value;
    return 0;
}

/* `count` octets from a bit position inside the data. */
static void copy_octets(const reader_t *r, int64_t pos, int64_t count, uint8_t *to)
{
    int64_t i = 0;
    if ((pos & 7) == 0) {
        memcpy(to, r->data + (pos >> 3), (size_t)count);
        return;
    }
    for (; i + 7 <= count; i += 7) { /* seven octets fit one load at any offset */
        uint64_t word = peek(r, pos + 8 * i, 56);
        for (int k = 0; k < 7; k++)
            to[i + k] = (uint8_t)(word >> (48 - 8 * k));
    }
    for (; i < count; i++)
        to[i] = (uint8_t)peek(r, pos + 8 * i, 8);
}

/* `bits` bits from a position inside the data, as octets filled up with zeros. */
static void copy_bits(const reader_t *r, int64_t pos, int64_t bits, uint8_t *to)
{
    unsigned rest = (unsigned)(bits & 7);
    copy_octets(r, pos, bits >> 3, to);
    if (rest)
        to[bits >> 3] = (uint8_t)(peek(r, pos + bits - rest, rest) << (8 - rest));
}

/* Writer -------------------------------------------------------------------------------------------------- */

/* Room behind the longest message: an open type that grows by an octet, and a store of eight. */
#define WRITER_SLACK 64

typedef struct {
    int64_t pos;       /* bits written */
    int64_t selector;  /* the last number that chooses an open type's content */
    const table_t *table;
    fault_t fault;
    uint8_t octets[MAX_MESSAGE_OCTETS + WRITER_SLACK];
} writer_t;

static inline void start_writer(writer_t *w, const table_t *table)
{
    w->pos = 0;
    w->selector = -1;
    w->table = table;
    w->fault.code = FAULT_NONE;
    w->fault.object = NULL;
}

/* True where `bits` more would pass the longest message. */
static inline int is_full(const writer_t *w, int64_t bits)
{
    return bits > 8 * (int64_t)MAX_MESSAGE_OCTETS - w->pos;
}

ALWAYS_INLINE int full(writer_t *w)
{
    return set_fault(&w->fault, FAULT_TOO_LONG, -1, 0, 0, 0);
}

/* 0..57 bits; what stands above them in `value` is ignored.  The store of eight octets leaves zeros behind the
 * bits, so the last octet of a message is filled up with them. */
ALWAYS_INLINE int put(writer_t *w, uint64_t value, unsigned width)
{
    if (UNLIKELY(is_full(w, width)))
        return full(w);
    uint8_t *at = w->octets + (w->pos >> 3);
    unsigned used = (unsigned)(w->pos & 7);
    value = value << 1 << (63 - width); /* to the top; two shifts: width may be 0 */
    uint64_t before = (uint64_t)*at << 56 & ~(UINT64_MAX >> used);
    store_be64(at, before | value >> used);
    w->pos += width;
    return 0;
}

static int put_length(writer_t *w, int64_t length)
{
    return length < 128 ? put(w, (uint64_t)length, 8) : put(w, 0x8000 | (uint64_t)length, 16);
}

static int put_octets(writer_t *w, const uint8_t *from, int64_t count)
{
    int64_t i = 0;
    if (is_full(w, 8 * count))
        return full(w);
    if ((w->pos & 7) == 0) {
        memcpy(w->octets + (w->pos >> 3), from, (size_t)count);
        w->pos += 8 * count;
        return 0;
    }
    for (; i + 7 <= count; i += 7) {
        uint64_t word = 0;
        for (int k = 0; k < 7; k++)
            word = word << 8 | from[i + k];
        if (put(w, word, 56))
            return -1;
    }
    for (; i < count; i++)
        if (put(w, from[i], 8))
            return -1;
    return 0;
}

static int put_bits(writer_t *w, const uint8_t *from, int64_t bits)
{
    unsigned rest = (unsigned)(bits & 7);
    if (put_octets(w, from, bits >> 3))
        return -1;
    return rest ? put(w, (uint64_t)from[bits >> 3] >> (8 - rest), rest) : 0;
}

/* An open type: its octets stand behind their length, which is not known before they are written.  One octet is
 * kept for it; a longer content moves by one octet, which leaves every bit in its place in the octet. */
static int open_begin(writer_t *w, int64_t *start)
{
    *start = w->pos;
    return put(w, 0, 8);
}

static int open_end(writer_t *w, int64_t start)
{
    int64_t bits = w->pos - start - 8;
    int64_t length = bits ? (bits + 7) >> 3 : 1; /* a value without bits takes an octet of zeros */
    unsigned used = (unsigned)(start & 7);

    if (put(w, 0, (unsigned)(8 * length - bits)))
        return -1;
    if (length < 128) {
        uint8_t *at = w->octets + (start >> 3);
        at[0] |= (uint8_t)(length >> used);
        if (used)
            at[1] |= (uint8_t)(length << (8 - used));
        return 0;
    }
    if (is_full(w, 8))
        return full(w);
    uint8_t *at = w->octets + (start >> 3);
    memmove(at + 2, at + 1, (size_t)length + 1); /* the content and the part of its last octet behind it */
    w->pos += 8;
    uint32_t coded = (0x8000u | (uint32_t)length) << (8 - used);
    at[0] = (uint8_t)((at[0] & ~(0xFFu >> used)) | coded >> 16);
    at[1] = (uint8_t)(coded >> 8);
    at[2] = (uint8_t)((coded & 0xFF) | (at[2] & (0xFFu >> used)));
    return 0;
}

#endif
