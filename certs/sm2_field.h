/* Numbers of 256 bits, the field of the SM2 curve, and the residues modulo the order of its group.
 *
 *   p = 2^256 - 2^224 - 2^96 + 2^64 - 1            n: the order of the group, p - n is near 2^127
 *   y^2 = x^3 - 3x + b                             GB/T 32918.5, curve sm2p256v1
 *
 * An element of the field is kept as a * 2^256 mod p (Montgomery's form), fully reduced, in four limbs of
 * 64 bits, the lowest first.  Because p = -1 modulo 2^64, a step of Montgomery's reduction takes the lowest limb
 * itself as its quotient, and the product of p and a limb is shifts and additions.
 *
 * All of this handles public data only and takes a time that depends on it.  No secret may come here.
 */
#ifndef V2X_SM2_FIELD_H
#define V2X_SM2_FIELD_H

#include <stdint.h>
#include <string.h>

#ifndef __SIZEOF_INT128__
#error "the native SM2 check needs a compiler with integers of 128 bits; libcrypto does its work"
#endif

__extension__ typedef unsigned __int128 wide_t;

/* a + b + carry and a - b - borrow of one limb; what is carried, 0 or 1, comes back.  Compilers make long chains
 * of the intrinsics, and not of the wide type. */
#ifdef __x86_64__
#include <immintrin.h>

static inline unsigned char limb_add(unsigned char carry, uint64_t a, uint64_t b, uint64_t *out)
{
    unsigned long long sum;

    carry = _addcarry_u64(carry, a, b, &sum);
    *out = sum;
    return carry;
}

static inline unsigned char limb_sub(unsigned char borrow, uint64_t a, uint64_t b, uint64_t *out)
{
    unsigned long long difference;

    borrow = _subborrow_u64(borrow, a, b, &difference);
    *out = difference;
    return borrow;
}
#else
static inline unsigned char limb_add(unsigned char carry, uint64_t a, uint64_t b, uint64_t *out)
{
    wide_t sum = (wide_t)a + b + carry;

    *out = (uint64_t)sum;
    return (unsigned char)(sum >> 64);
}

static inline unsigned char limb_sub(unsigned char borrow, uint64_t a, uint64_t b, uint64_t *out)
{
    wide_t difference = (wide_t)a - b - borrow;

    *out = (uint64_t)difference;
    return (unsigned char)(difference >> 64 & 1);
}
#endif

typedef struct {
    uint64_t limb[4];
} number_t;

static const number_t FIELD_P = {{0xffffffffffffffff, 0xffffffff00000000, 0xffffffffffffffff, 0xfffffffeffffffff}};
static const number_t ORDER_N = {{0x53bbf40939d54123, 0x7203df6b21c6052b, 0xffffffffffffffff, 0xfffffffeffffffff}};
static const number_t P_MINUS_N = {{0xac440bf6c62abedc, 0x8dfc2093de39fad5, 0, 0}};

/* 2^256 and 2^512 modulo p: one, and the factor that brings a number into Montgomery's form. */
static const number_t FIELD_ONE = {{1, 0xffffffff, 0, 0x100000000}};
static const number_t FIELD_TO_FORM = {{0x200000003, 0x2ffffffff, 0x100000001, 0x400000002}};

/* p - 2 inverts, (p + 1) / 4 draws a square root, as p = 3 modulo 4. */
static const number_t INVERSE_POWER = {
    {0xfffffffffffffffd, 0xffffffff00000000, 0xffffffffffffffff, 0xfffffffeffffffff}};
static const number_t ROOT_POWER = {
    {0x4000000000000000, 0xffffffffc0000000, 0xffffffffffffffff, 0x3fffffffbfffffff}};

/* The curve's b and its base point, in Montgomery's form. */
static const number_t CURVE_B = {{0x90d230632bc0dd42, 0x71cf379ae9b537ab, 0x527981505ea51c3c, 0x240fe188ba20e2c8}};
static const number_t BASE_X = {{0x61328990f418029e, 0x3e7981eddca6c050, 0xd6a1ed99ac24c3c3, 0x91167a5ee1c13b05}};
static const number_t BASE_Y = {{0xc1354e593c2d0ddd, 0xc1f5e5788d3295fa, 0x8d4cfb066e2a48f8, 0x63cd65d481d735bd}};

/* Plain numbers ------------------------------------------------------------------------------------------- */

static inline number_t number_read(const uint8_t octets[32])
{
    number_t out;

    for (int i = 0; i < 4; i++) {
        const uint8_t *at = octets + 24 - 8 * i;
        uint64_t limb = 0;

        for (int k = 0; k < 8; k++)
            limb = limb << 8 | at[k];
        out.limb[i] = limb;
    }
    return out;
}

static inline void number_write(uint8_t octets[32], number_t a)
{
    for (int i = 0; i < 32; i++)
        octets[i] = (uint8_t)(a.limb[3 - i / 8] >> (56 - 8 * (i % 8)));
}

static inline int number_is_zero(number_t a)
{
    return (a.limb[0] | a.limb[1] | a.limb[2] | a.limb[3]) == 0;
}

static inline int number_equal(number_t a, number_t b)
{
    return ((a.limb[0] ^ b.limb[0]) | (a.limb[1] ^ b.limb[1]) | (a.limb[2] ^ b.limb[2]) | (a.limb[3] ^ b.limb[3])) == 0;
}

/* a + b modulo 2^256; the carry comes back. */
static inline unsigned char number_add(number_t *out, number_t a, number_t b)
{
    unsigned char carry = limb_add(0, a.limb[0], b.limb[0], &out->limb[0]);

    carry = limb_add(carry, a.limb[1], b.limb[1], &out->limb[1]);
    carry = limb_add(carry, a.limb[2], b.limb[2], &out->limb[2]);
    return limb_add(carry, a.limb[3], b.limb[3], &out->limb[3]);
}

/* a - b modulo 2^256; the borrow comes back. */
static inline unsigned char number_sub(number_t *out, number_t a, number_t b)
{
    unsigned char borrow = limb_sub(0, a.limb[0], b.limb[0], &out->limb[0]);

    borrow = limb_sub(borrow, a.limb[1], b.limb[1], &out->limb[1]);
    borrow = limb_sub(borrow, a.limb[2], b.limb[2], &out->limb[2]);
    return limb_sub(borrow, a.limb[3], b.limb[3], &out->limb[3]);
}

static inline int number_below(number_t a, number_t b)
{
    number_t unused;

    return number_sub(&unused, a, b);
}

/* Four limbs and a carry above them, below twice the modulus: reduced once. */
static inline number_t number_reduce(number_t a, unsigned char carry, number_t modulus)
{
    number_t less;
    uint64_t unused;
    unsigned char below = limb_sub(number_sub(&less, a, modulus), carry, 0, &unused);
    uint64_t keep = 0 - (uint64_t)below;

#pragma GCC unroll 4
    for (int i = 0; i < 4; i++)
        less.limb[i] = (less.limb[i] & ~keep) | (a.limb[i] & keep);
    return less;
}

/* a + b and a - b modulo a modulus that both are below. */
static inline number_t modular_add(number_t a, number_t b, number_t modulus)
{
    number_t sum;
    unsigned char carry = number_add(&sum, a, b);

    return number_reduce(sum, carry, modulus);
}

static inline number_t modular_sub(number_t a, number_t b, number_t modulus)
{
    number_t out;
    uint64_t mask = 0 - (uint64_t)number_sub(&out, a, b);

#pragma GCC unroll 4
    for (int i = 0; i < 4; i++)
        modulus.limb[i] &= mask;
    number_add(&out, out, modulus);
    return out;
}

/* The field ----------------------------------------------------------------------------------------------- */

/* One step of the reduction: t + t[0] * p, divided by 2^64.  With m = t[0] that adds
 * u = m * (2^192 - 2^160 - 2^32 + 1) to the limbs above; `carry` goes into the highest of them and out again. */
static inline unsigned char field_step(uint64_t *t, unsigned char carry)
{
    uint64_t m = t[0], low = m << 32, high = m >> 32, u[4];
    unsigned char bit = limb_sub(0, m, low, &u[0]);

    bit = limb_sub(bit, 0, high, &u[1]);
    bit = limb_sub(bit, 0, low, &u[2]);
    limb_sub(bit, m, high, &u[3]);
    u[3] += carry; /* m - high is below 2^64 - 1: no overflow */
    bit = limb_add(0, t[1], u[0], &t[1]);
    bit = limb_add(bit, t[2], u[1], &t[2]);
    bit = limb_add(bit, t[3], u[2], &t[3]);
    return limb_add(bit, t[4], u[3], &t[4]);
}

static inline __attribute__((always_inline)) number_t field_reduce(uint64_t t[8])
{
    unsigned char carry = 0;
    number_t out;

#pragma GCC unroll 4
    for (int i = 0; i < 4; i++)
        carry = field_step(t + i, carry);
    memcpy(out.limb, t + 4, sizeof out.limb);
    return number_reduce(out, carry, FIELD_P);
}

/* a * b / 2^256 mod p. */
static inline __attribute__((always_inline)) number_t field_mul(number_t a, number_t b)
{
    uint64_t t[8] = {0};

#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        uint64_t carry = 0;

#pragma GCC unroll 4
        for (int k = 0; k < 4; k++) {
            wide_t sum = (wide_t)a.limb[i] * b.limb[k] + t[i + k] + carry;

            t[i + k] = (uint64_t)sum;
            carry = (uint64_t)(sum >> 64);
        }
        t[i + 4] = carry;
    }
    return field_reduce(t);
}

static inline __attribute__((always_inline)) number_t field_sqr(number_t a)
{
    uint64_t t[8] = {0}, high;
    unsigned char carry = 0;
    wide_t square;

    /* the products of different limbs, doubled, and the squares */
#pragma GCC unroll 4
    for (int i = 0; i < 3; i++) {
        uint64_t over = 0;

#pragma GCC unroll 4
        for (int k = i + 1; k < 4; k++) {
            wide_t sum = (wide_t)a.limb[i] * a.limb[k] + t[i + k] + over;

            t[i + k] = (uint64_t)sum;
            over = (uint64_t)(sum >> 64);
        }
        t[i + 4] = over;
    }
    t[7] = t[6] >> 63;
#pragma GCC unroll 6
    for (int i = 6; i > 1; i--)
        t[i] = t[i] << 1 | t[i - 1] >> 63;
    t[1] <<= 1;
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        square = (wide_t)a.limb[i] * a.limb[i];
        high = (uint64_t)(square >> 64);
        carry = limb_add(carry, t[2 * i], (uint64_t)square, &t[2 * i]);
        carry = limb_add(carry, t[2 * i + 1], high, &t[2 * i + 1]);
    }
    return field_reduce(t);
}

static inline number_t field_add(number_t a, number_t b)
{
    return modular_add(a, b, FIELD_P);
}

static inline number_t field_sub(number_t a, number_t b)
{
    return modular_sub(a, b, FIELD_P);
}

/* a - 2b, 3a/2, and a - b as a step to something else: the operations of sm2_formulas.h. */
static inline number_t field_sub_twice(number_t a, number_t b)
{
    return field_sub(field_sub(a, b), b);
}

static inline number_t field_sub_lazy(number_t a, number_t b)
{
    return field_sub(a, b);
}

static inline number_t field_three_halves(number_t a)
{
    uint64_t odd = 0 - (a.limb[0] & 1);
    number_t half, even = FIELD_P;
    unsigned char carry;

#pragma GCC unroll 4
    for (int i = 0; i < 4; i++)
        even.limb[i] &= odd;
    carry = number_add(&even, even, a);
#pragma GCC unroll 3
    for (int i = 0; i < 3; i++)
        half.limb[i] = even.limb[i] >> 1 | even.limb[i + 1] << 63;
    half.limb[3] = even.limb[3] >> 1 | (uint64_t)carry << 63;
    return field_add(a, half);
}

static inline number_t field_one(void)
{
    return FIELD_ONE;
}

/* Into Montgomery's form and out of it. */
static inline number_t field_from(number_t a)
{
    return field_mul(a, FIELD_TO_FORM);
}

static inline number_t field_value(number_t a)
{
    return field_mul(a, (number_t){{1, 0, 0, 0}});
}

#endif
