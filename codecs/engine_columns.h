/* Columns: numbers of many messages into arrays that Python made, without the interpreter lock.
 *
 * A plan follows the types: where a value is wanted there is a plan_t, elsewhere NULL.  One table of rows for the
 * frames, one more for each list that is wanted, whose rows know the row they belong to.  Two passes where there
 * are lists or strings of any length: the first counts rows and lengths, then Python makes the arrays, the second
 * fills them.  Rows and lengths are checked while filling too: the octets of the frames may lie in memory that
 * somebody else can change.
 */
#ifndef V2X_ENGINE_COLUMNS_H
#define V2X_ENGINE_COLUMNS_H

#include "engine_records.h"

enum { COLUMN_INT32, COLUMN_INT64, COLUMN_UINT8, COLUMN_BITS32, COLUMN_OCTETS, COLUMN_KINDS };

typedef struct rows {
    int64_t row;      /* the one being filled */
    int64_t count;    /* begun so far */
    int64_t before;   /* begun when the frame began */
    int64_t capacity; /* of the arrays */
    int64_t *parents; /* row in the parent's table */
    const struct rows *parent;
} rows_t;

typedef struct {
    const rows_t *rows;
    int kind;
    int64_t stride;   /* COLUMN_OCTETS: octets per row */
    int64_t longest;  /* COLUMN_OCTETS: octets or characters seen */
    uint8_t *values;
    uint8_t *mask;
    int32_t *lengths;
} column_t;

typedef struct plan {
    column_t *column;   /* NULL: the value itself is not wanted */
    rows_t *rows;       /* LIST: the table of its elements */
    struct plan **parts; /* SEQ, CHOICE: by part; LIST: the element; OPEN: by message */
    unsigned part_count;
} plan_t;

typedef struct columns {
    int fill;
} columns_t;

static inline int has_room(const column_t *column)
{
    return column->rows->row < column->rows->capacity;
}

static inline void put_number(const columns_t *columns, const plan_t *plan, int64_t number)
{
    const column_t *column = plan->column;

    if (!column || !columns->fill || UNLIKELY(!has_room(column)))
        return;
    int64_t row = column->rows->row;
    column->mask[row] = 1;
    if (column->kind == COLUMN_INT32)
        ((int32_t *)column->values)[row] = (int32_t)number;
    else if (column->kind == COLUMN_UINT8)
        column->values[row] = (uint8_t)number;
    else
        ((int64_t *)column->values)[row] = number;
}

/* Named bit k of a BIT STRING is bit k of the number; what does not fit in 32 bits is left out. */
static uint32_t bits_number(const reader_t *r, int64_t size)
{
    unsigned width = size < 32 ? (unsigned)size : 32;
    uint64_t bits = peek(r, r->pos, width);
    uint32_t number = 0;
    for (unsigned i = 0; i < width; i++)
        number |= (uint32_t)(bits >> (width - 1 - i) & 1) << i;
    return number;
}

static void put_string(const reader_t *r, const op_t *op, const plan_t *plan, int64_t size)
{
    column_t *column = plan->column;

    if (!column)
        return;
    if (!r->columns->fill) {
        column->longest = size > column->longest ? size : column->longest;
        return;
    }
    int64_t row = column->rows->row;
    if (!has_room(column))
        return;
    column->mask[row] = 1;
    if (op->code == OP_BITS) {
        ((uint32_t *)column->values)[row] = bits_number(r, size);
        return;
    }
    uint8_t *to = column->values + row * column->stride;
    int64_t count = size < column->stride ? size : column->stride;
    if (op->code == OP_OCTETS)
        copy_octets(r, r->pos, count, to);
    for (int64_t i = 0; op->code == OP_TEXT && i < count; i++)
        to[i] = (uint8_t)peek(r, r->pos + 7 * i, 7);
    if (column->lengths)
        column->lengths[row] = (int32_t)count;
}

static inline void begin_row(const columns_t *columns, const plan_t *plan)
{
    rows_t *rows = plan->rows;
    rows->row = rows->count++;
    if (columns->fill && rows->row < rows->capacity)
        rows->parents[rows->row] = rows->parent->row;
}

static inline const plan_t *message_plan(const table_t *table, const plan_t *plan, int64_t number)
{
    for (uint32_t i = 0; plan && i < table->message_count; i++)
        if (table->messages[i].number == number)
            return plan->parts[i];
    return NULL;
}

#endif
