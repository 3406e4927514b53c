/* The check of a signature in portable C: s * G + t * P, and whether its x is the one that r asks for.
 *
 *   t = (r + s) mod n          r, s in 1 .. n - 1, t not 0        (x1, y1) = s * G + t * P
 *   good if (e + x1) mod n = r                                    GB/T 32918.2, verification
 *
 * With (X, Y, Z) for the point, x1 = X / Z^2, so it is asked without an inversion whether X = v * Z^2 for a v
 * below p that is (r - e) mod n modulo n: v itself, and v + n where that is below p.
 *
 * Scalars are written in signed digits, -2^(w-1) < d <= 2^(w-1), each times 2^(w * place).  A table of P has
 * the multiples 1..16 of one point (narrow: 1 KB, made for one check) or of four, 2^(65 * k) P (wide: 4 KB, kept
 * with a key); a table of G has the multiples 1..128 of 33 points and needs no doubling.
 */
#ifndef V2X_SM2_CURVE_H
#define V2X_SM2_CURVE_H

#include "sm2_field.h"

enum {
    WINDOW = 5,
    MULTIPLES = 1 << (WINDOW - 1),
    DIGITS = 52, /* 52 * 5 bits: 256, the carry of the highest digit, and no place over */
    WIDE_BASES = 4,
    SPACING = WINDOW * DIGITS / WIDE_BASES,
    BASE_WINDOW = 8,
    BASE_MULTIPLES = 1 << (BASE_WINDOW - 1),
    BASE_DIGITS = 33,
};

#define ELEMENT number_t
#define OF(name) field_##name
#define OUTLINE __attribute__((noinline))
#include "sm2_formulas.h"
#undef ELEMENT
#undef OF
#undef OUTLINE

/* Multiples of the base point, 264 KB; written once, when the module is made. */
static field_affine_t base_table[BASE_DIGITS][BASE_MULTIPLES] __attribute__((aligned(64)));

static void make_base_table(void)
{
    field_jacobian_t row[BASE_MULTIPLES];
    field_affine_t base = {BASE_X, BASE_Y};

    for (int i = 0; i < BASE_DIGITS; i++) {
        field_multiples(row, &base, BASE_MULTIPLES);
        field_to_affine(base_table[i], row, BASE_MULTIPLES);
        field_double(&row[BASE_MULTIPLES - 1]);
        field_to_affine(&base, &row[BASE_MULTIPLES - 1], 1);
    }
}

/* Points from octets -------------------------------------------------------------------------------------- */

enum {
    POINT_GOOD,
    POINT_SHAPE, /* the octets are no point at all */
    POINT_OFF,   /* a coordinate of p or more, or not on the curve */
};

/* 02 or 03 and x, or 04, x and y. */
static int point_read(field_affine_t *out, const uint8_t *octets, size_t size)
{
    int whole = size == 65 && octets[0] == 4;
    number_t x, y, square;

    if (!whole && !(size == 33 && (octets[0] == 2 || octets[0] == 3)))
        return POINT_SHAPE;
    x = number_read(octets + 1);
    if (!number_below(x, FIELD_P))
        return POINT_OFF;
    out->x = field_from(x);
    square = field_mul(field_sqr(out->x), out->x);
    for (int i = 0; i < 3; i++)
        square = field_sub(square, out->x);
    square = field_add(square, CURVE_B);
    if (whole) {
        y = number_read(octets + 33);
        if (!number_below(y, FIELD_P))
            return POINT_OFF;
        out->y = field_from(y);
    } else {
        out->y = field_power(square, &ROOT_POWER);
        if ((field_value(out->y).limb[0] & 1) != (octets[0] & 1))
            out->y = field_sub((number_t){{0}}, out->y);
    }
    return number_equal(field_sqr(out->y), square) ? POINT_GOOD : POINT_OFF;
}

static void point_write(uint8_t octets[65], const field_affine_t *point)
{
    octets[0] = 4;
    number_write(octets + 1, field_value(point->x));
    number_write(octets + 33, field_value(point->y));
}

/* One check ----------------------------------------------------------------------------------------------- */

typedef struct {
    number_t s, t;
    number_t wanted; /* (r - e) mod n */
} check_t;

/* A signature r || s and a digest e as numbers; 0 if they are in range, else -1. */
static int check_read(check_t *check, const uint8_t signature[64], const uint8_t digest[32])
{
    number_t r = number_read(signature), e = number_read(digest);

    check->s = number_read(signature + 32);
    if (number_is_zero(r) || number_is_zero(check->s) || !number_below(r, ORDER_N) || !number_below(check->s, ORDER_N))
        return -1;
    check->t = modular_add(r, check->s, ORDER_N);
    check->wanted = modular_sub(r, number_reduce(e, 0, ORDER_N), ORDER_N);
    return number_is_zero(check->t) ? -1 : 0;
}

/* Whether a point has the x that is wanted; infinity has none. */
static int check_matches(const check_t *check, number_t x, number_t z)
{
    number_t square = field_sqr(z), other;

    if (number_is_zero(z))
        return 0;
    if (number_equal(x, field_mul(field_from(check->wanted), square)))
        return 1;
    if (!number_below(check->wanted, P_MINUS_N))
        return 0;
    number_add(&other, check->wanted, ORDER_N);
    return number_equal(x, field_mul(field_from(other), square));
}

/* The signed digits of a number, the lowest first. */
static void write_digits(int16_t *digits, int count, number_t number, int window)
{
    int carry = 0;

    for (int i = 0; i < count; i++) {
        int at = i * window, limb = at / 64, shift = at % 64;
        uint64_t bits = limb < 4 ? number.limb[limb] >> shift : 0;
        int digit;

        if (shift + window > 64 && limb < 3)
            bits |= number.limb[limb + 1] << (64 - shift);
        digit = (int)(bits & ((1u << window) - 1)) + carry;
        carry = digit > 1 << (window - 1);
        digits[i] = (int16_t)(digit - (carry << window));
    }
}

/* sum + digit * P, of the multiples of P; complete. */
static void add_digit(field_jacobian_t *sum, const field_affine_t *multiples, int digit)
{
    field_affine_t point;
    field_jacobian_t before = *sum;

    if (!digit)
        return;
    point = multiples[(digit < 0 ? -digit : digit) - 1];
    if (digit < 0)
        point.y = field_sub((number_t){{0}}, point.y);
    if (number_is_zero(before.z)) {
        *sum = (field_jacobian_t){point.x, point.y, FIELD_ONE};
        return;
    }
    field_add_point(sum, &point);
    if (!number_is_zero(sum->z))
        return;
    /* the same x: the same point, or its opposite and the sum is infinity */
    if (number_equal(field_mul(point.y, field_mul(field_sqr(before.z), before.z)), before.y)) {
        *sum = before;
        field_double(sum);
    }
}

/* s * G + t * P, with a table of P over `bases` points; Z = 0 for infinity. */
static field_jacobian_t multiply(const check_t *check, const field_affine_t *table, int bases)
{
    field_jacobian_t sum = {FIELD_ONE, FIELD_ONE, {{0}}};
    int rounds = DIGITS / bases;
    int16_t digits[DIGITS];

    write_digits(digits, DIGITS, check->t, WINDOW);
    for (int round = rounds - 1; round >= 0; round--) {
        for (int i = 0; i < WINDOW && !number_is_zero(sum.z); i++)
            field_double(&sum);
        for (int k = 0; k < bases; k++)
            add_digit(&sum, table + MULTIPLES * k, digits[rounds * k + round]);
    }
    write_digits(digits, BASE_DIGITS, check->s, BASE_WINDOW);
    for (int i = 0; i < BASE_DIGITS; i++)
        add_digit(&sum, base_table[i], digits[i]);
    return sum;
}

/* The whole check; `wide` is the key's wide table or NULL. */
static int check_one(const check_t *check, const field_affine_t *point, const field_affine_t *wide)
{
    field_affine_t narrow[MULTIPLES];
    field_jacobian_t sum;

    if (wide) {
        sum = multiply(check, wide, WIDE_BASES);
    } else {
        field_make_table(narrow, point, 1);
        sum = multiply(check, narrow, 1);
    }
    return check_matches(check, sum.x, sum.z);
}

#endif
