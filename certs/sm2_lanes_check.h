/* Tables and checks of eight signatures side by side, on the field of sm2_lanes.h.
 *
 * Tables are those of the portable code, so a key has one whoever made it: a point is 64 octets, loaded whole;
 * eight of them, one a lane, are transposed to words and cut into limbs of 52 bits on the way.
 *
 * Lanes have no branches.  What the formulas can't add (equal or opposite points) leaves Z = 0 in its lane, and
 * stays; a lane that has added nothing yet is kept in a mask.  A lane that ends with Z = 0 is done again by the
 * portable code, so that the decision is always the same.
 */
#ifndef V2X_SM2_LANES_CHECK_H
#define V2X_SM2_LANES_CHECK_H

#include "sm2_lanes.h"

#ifdef HAVE_LANES

/* Between a table's form and the lanes' ------------------------------------------------------------------- */

/* Row i of eight words becomes column i. */
LANE_INLINE void transpose(__m512i row[8])
{
    __m512i pair[8], half[8];

#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        pair[2 * i] = _mm512_unpacklo_epi64(row[2 * i], row[2 * i + 1]);
        pair[2 * i + 1] = _mm512_unpackhi_epi64(row[2 * i], row[2 * i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) { /* i: odd words for bit 0, the lower rows for bit 1 */
        const int from = (i & 2) * 2 + (i & 1);

        half[2 * i] = _mm512_shuffle_i64x2(pair[from], pair[from + 2], 0x88);
        half[2 * i + 1] = _mm512_shuffle_i64x2(pair[from], pair[from + 2], 0xdd);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) { /* i: odd words for bit 0, words 2 and 3 of four for bit 1 */
        const int from = (i & 1) * 2 + (i >> 1);

        row[i] = _mm512_shuffle_i64x2(half[from], half[from + 4], 0x88);
        row[i + 4] = _mm512_shuffle_i64x2(half[from], half[from + 4], 0xdd);
    }
}

/* Four limbs of 64 bits, a * 2^256, as five of 52, a * 2^260: sixteen times the number. */
LANE_INLINE lanes_t lanes_from(const __m512i word[4])
{
    const __m512i mask = spread(LIMB_MASK);
    lanes_t out;

    out.limb[0] = _mm512_and_si512(_mm512_slli_epi64(word[0], 4), mask);
#pragma GCC unroll 3
    for (int i = 1; i < 4; i++) {
        const __m512i low = _mm512_srli_epi64(word[i - 1], (unsigned)(60 - 12 * i));

        out.limb[i] = _mm512_and_si512(_mm512_or_si512(low, _mm512_slli_epi64(word[i], (unsigned)(4 + 12 * i))), mask);
    }
    out.limb[4] = _mm512_srli_epi64(word[3], 12);
    return out;
}

/* The points of eight lanes, their y negative where `negative` says so. */
LANE_INLINE lanes_affine_t lanes_load(const field_affine_t *const points[LANES], __mmask8 negative)
{
    const __m512i zero = _mm512_setzero_si512();
    __m512i word[8];
    lanes_affine_t out;

#pragma GCC unroll 8
    for (int i = 0; i < LANES; i++)
        word[i] = _mm512_loadu_si512(points[i]);
    transpose(word);
    out.x = lanes_from(word);
    out.y = lanes_from(word + 4);
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++)
        out.y.limb[i] = _mm512_mask_sub_epi64(out.y.limb[i], negative, zero, out.y.limb[i]);
    out.y = lanes_settle(out.y);
    return out;
}

/* The numbers of eight lanes, in the portable code's form, reduced. */
LANE_FUNCTION void lanes_take(number_t out[LANES], const lanes_t *a)
{
    const lanes_t form = {{spread(1), spread(0xffffffff000), spread(0), spread(0), spread(0x10000)}}; /* 2^256 mod p */
    lanes_t value = lanes_carry(lanes_fold(lanes_mul(*a, form)));
    uint64_t limb[5][LANES];

    for (int i = 0; i < 5; i++)
        _mm512_storeu_si512(limb[i], value.limb[i]);
    for (int i = 0; i < LANES; i++) {
        for (int k = 0; k < 4; k++)
            out[i].limb[k] = limb[k][i] >> (12 * k) | limb[k + 1][i] << (52 - 12 * k);
        out[i] = number_reduce(out[i], 0, FIELD_P);
    }
}

/* Eight tables and eight checks --------------------------------------------------------------------------- */

LANE_FUNCTION void lanes_make_tables(field_affine_t *const out[LANES],
                                     const field_affine_t *const points[LANES], int bases)
{
    lanes_affine_t table[WIDE_BASES * MULTIPLES], point = lanes_load(points, 0);
    number_t numbers[LANES];

    point.x = lanes_settle(point.x);
    lanes_make_table(table, &point, bases);
    for (int i = 0; i < bases * MULTIPLES; i++) {
        lanes_take(numbers, &table[i].x);
        for (int k = 0; k < LANES; k++)
            out[k][i].x = numbers[k];
        lanes_take(numbers, &table[i].y);
        for (int k = 0; k < LANES; k++)
            out[k][i].y = numbers[k];
    }
}

typedef struct {
    lanes_jacobian_t point;
    __mmask8 infinite; /* lanes that have added nothing yet */
} lanes_sum_t;

/* sum + digit * P in each lane: multiples[i] are those of lane i, digits[i * DIGITS] is its digit. */
LANE_FUNCTION void lanes_add_digits(lanes_sum_t *sum, const field_affine_t *const multiples[LANES],
                                    const int16_t *digits)
{
    const field_affine_t *points[LANES];
    lanes_jacobian_t before = sum->point;
    lanes_affine_t point;
    unsigned none = 0, negative = 0, first;

    for (int i = 0; i < LANES; i++) {
        int digit = digits[i * DIGITS];

        none |= (unsigned)(digit == 0) << i;
        negative |= (unsigned)(digit < 0) << i;
        digit = digit < 0 ? -digit : digit;
        points[i] = multiples[i] + (digit ? digit - 1 : 0);
    }
    point = lanes_load(points, (__mmask8)negative);
    lanes_add_point(&sum->point, &point);
    first = sum->infinite & ~none;
    if (first) {
        const lanes_t one = lanes_one();

        point.x = lanes_settle(point.x);
        for (int i = 0; i < 5; i++) {
            sum->point.x.limb[i] = _mm512_mask_mov_epi64(sum->point.x.limb[i], (__mmask8)first, point.x.limb[i]);
            sum->point.y.limb[i] = _mm512_mask_mov_epi64(sum->point.y.limb[i], (__mmask8)first, point.y.limb[i]);
            sum->point.z.limb[i] = _mm512_mask_mov_epi64(sum->point.z.limb[i], (__mmask8)first, one.limb[i]);
        }
    }
    for (int i = 0; none && i < 5; i++) {
        sum->point.x.limb[i] = _mm512_mask_mov_epi64(sum->point.x.limb[i], (__mmask8)none, before.x.limb[i]);
        sum->point.y.limb[i] = _mm512_mask_mov_epi64(sum->point.y.limb[i], (__mmask8)none, before.y.limb[i]);
        sum->point.z.limb[i] = _mm512_mask_mov_epi64(sum->point.z.limb[i], (__mmask8)none, before.z.limb[i]);
    }
    sum->infinite &= (__mmask8)none;
}

/* multiply() of sm2_curve.h in eight lanes; Z = 0 where a lane is infinity or could not be added. */
LANE_FUNCTION void lanes_multiply(number_t x[LANES], number_t z[LANES], const check_t *const checks[LANES],
                                  const field_affine_t *const tables[LANES], int bases)
{
    const field_affine_t *multiples[LANES];
    int16_t digits[LANES][DIGITS];
    int rounds = DIGITS / bases;
    lanes_sum_t sum = {{lanes_one(), lanes_one(), lanes_one()}, 0xff};

    for (int i = 0; i < LANES; i++)
        write_digits(digits[i], DIGITS, checks[i]->t, WINDOW);
    for (int round = rounds - 1; round >= 0; round--) {
        for (int i = 0; i < WINDOW && sum.infinite != 0xff; i++)
            lanes_double(&sum.point);
        for (int k = 0; k < bases; k++) {
            for (int i = 0; i < LANES; i++)
                multiples[i] = tables[i] + MULTIPLES * k;
            lanes_add_digits(&sum, multiples, &digits[0][rounds * k + round]);
        }
    }
    for (int i = 0; i < LANES; i++)
        write_digits(digits[i], BASE_DIGITS, checks[i]->s, BASE_WINDOW);
    for (int k = 0; k < BASE_DIGITS; k++) {
        for (int i = 0; i < LANES; i++)
            multiples[i] = base_table[k];
        lanes_add_digits(&sum, multiples, &digits[0][k]);
    }
    lanes_take(x, &sum.point.x);
    lanes_take(z, &sum.point.z);
    for (int i = 0; i < LANES; i++)
        if (sum.infinite >> i & 1)
            z[i] = (number_t){{0}};
}

/* check_one() of sm2_curve.h in eight lanes; `wides` are the keys' wide tables, or NULL if no lane has one. */
LANE_FUNCTION void lanes_check(int good[LANES], const check_t *const checks[LANES],
                               const field_affine_t *const points[LANES],
                               const field_affine_t *const wides[LANES])
{
    field_affine_t narrow[LANES][MULTIPLES], *rows[LANES];
    const field_affine_t *tables[LANES];
    number_t x[LANES], z[LANES];

    for (int i = 0; i < LANES; i++) {
        rows[i] = narrow[i];
        tables[i] = wides ? wides[i] : narrow[i];
    }
    if (!wides)
        lanes_make_tables(rows, points, 1);
    lanes_multiply(x, z, checks, tables, wides ? WIDE_BASES : 1);
    for (int i = 0; i < LANES; i++)
        good[i] = number_is_zero(z[i]) ? check_one(checks[i], points[i], wides ? wides[i] : NULL)
                                       : check_matches(checks[i], x[i], z[i]);
}

#endif
#endif
