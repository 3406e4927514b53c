/* Eight checks side by side on AVX512-IFMA: one signature a lane, chosen at run time.
 *
 * An element is five vectors of eight 64-bit lanes, limb i worth 2^(52 i), as a * 2^260 mod p (Montgomery's form for
 * 52-bit limbs).  Elements are not fully reduced.  Every operation gives limbs of 52 bits and a value in
 *
 *   0 <= value < 2.01 p
 *
 * A product stays below a * b / 2^260 + p < 1.3 p, and even where one factor comes from a table (below 16 p, as it is
 * a * 2^256 times 16) below 2.3 p before the next subtraction.  Sums and differences of such values are brought
 * back by lanes_settle.
 */
#ifndef V2X_SM2_LANES_H
#define V2X_SM2_LANES_H

#include "sm2_curve.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_LANES 1

enum { LANES = 8 };

#define TARGET __attribute__((target("avx512f,avx512ifma")))
#define LANE_FUNCTION TARGET __attribute__((noinline)) static
#define LANE_INLINE TARGET __attribute__((always_inline)) static inline

typedef struct {
    __m512i limb[5];
} lanes_t;

/* p in limbs of 52 bits; p + 1 = LOW * 2^52 - 2^104 + HIGH * 2^208. */
static const uint64_t LIMB_MASK = 0xfffffffffffff;
static const uint64_t LANE_P[5] = {0xfffffffffffff, 0xff00000000fff, 0xfffffffffffff, 0xfffffffffffff, 0xfffffffeffff};
static const uint64_t P_LOW = 0xff00000001000, P_HIGH = 0xffffffff0000;

static int lanes_usable(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512ifma");
}

LANE_INLINE __m512i spread(uint64_t value)
{
    return _mm512_set1_epi64((long long)value);
}

/* Carries, from the lowest limb upwards; limbs may be negative as long as the value is not. */
LANE_INLINE lanes_t lanes_carry(lanes_t a)
{
    const __m512i mask = spread(LIMB_MASK);

#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        a.limb[i + 1] = _mm512_add_epi64(a.limb[i + 1], _mm512_srai_epi64(a.limb[i], 52));
        a.limb[i] = _mm512_and_si512(a.limb[i], mask);
    }
    return a;
}

/* a + q * (2^256 - p) for the q that stands above bit 256 in the highest limb, which is cut off there: a - q * p. */
LANE_INLINE lanes_t lanes_fold(lanes_t a)
{
    const __m512i q = _mm512_srai_epi64(a.limb[4], 48), top = _mm512_and_si512(a.limb[4], spread(LIMB_MASK >> 4));

    a.limb[0] = _mm512_add_epi64(a.limb[0], q);
    a.limb[1] = _mm512_add_epi64(a.limb[1], _mm512_sub_epi64(_mm512_slli_epi64(q, 44), _mm512_slli_epi64(q, 12)));
    a.limb[4] = _mm512_add_epi64(top, _mm512_slli_epi64(q, 16));
    return a;
}

/* Any value of |value| < 2^262 in limbs of |limb| < 2^58: p more than what is left of it above a multiple of
 * p near 2^256, so between 0 and 2.01 p. */
LANE_INLINE lanes_t lanes_settle(lanes_t a)
{
    a = lanes_fold(a);
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++)
        a.limb[i] = _mm512_add_epi64(a.limb[i], spread(LANE_P[i]));
    return lanes_carry(a);
}

LANE_INLINE lanes_t lanes_sub_lazy(lanes_t a, lanes_t b)
{
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++)
        a.limb[i] = _mm512_sub_epi64(a.limb[i], b.limb[i]);
    return a;
}

LANE_INLINE lanes_t lanes_sub(lanes_t a, lanes_t b)
{
    return lanes_settle(lanes_sub_lazy(a, b));
}

LANE_INLINE lanes_t lanes_sub_twice(lanes_t a, lanes_t b)
{
    return lanes_settle(lanes_sub_lazy(lanes_sub_lazy(a, b), b));
}

/* A sum with limbs of 53 bits, good only for lanes_three_halves. */
LANE_INLINE lanes_t lanes_add(lanes_t a, lanes_t b)
{
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++)
        a.limb[i] = _mm512_add_epi64(a.limb[i], b.limb[i]);
    return a;
}

/* 3a / 2: 3a, and p more where that is odd; the lowest bit of a limb is worth 2^51 in the limb below. */
LANE_INLINE lanes_t lanes_three_halves(lanes_t a)
{
    const __m512i one = spread(1);
    __mmask8 odd = _mm512_test_epi64_mask(a.limb[0], one);

#pragma GCC unroll 5
    for (int i = 0; i < 5; i++) {
        a.limb[i] = _mm512_add_epi64(a.limb[i], _mm512_slli_epi64(a.limb[i], 1));
        a.limb[i] = _mm512_mask_add_epi64(a.limb[i], odd, a.limb[i], spread(LANE_P[i]));
    }
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++) {
        __m512i below = i < 4 ? _mm512_slli_epi64(_mm512_and_si512(a.limb[i + 1], one), 51) : _mm512_setzero_si512();

        a.limb[i] = _mm512_add_epi64(_mm512_srai_epi64(a.limb[i], 1), below);
    }
    return lanes_settle(a);
}

/* The reduction of a product: m = z[i] is the quotient, as p = -1 modulo 2^52, and z + m * p is z without its
 * lowest limb and m * (p + 1) above.  z[i + 2] may be negative for a moment, so carries keep the sign. */
LANE_INLINE lanes_t lanes_reduce(__m512i z[10])
{
    const __m512i mask = spread(LIMB_MASK), low = spread(P_LOW), high = spread(P_HIGH);
    lanes_t out;

#pragma GCC unroll 5
    for (int i = 0; i < 5; i++) {
        const __m512i m = _mm512_and_si512(z[i], mask);

        z[i + 1] = _mm512_add_epi64(z[i + 1], _mm512_srai_epi64(z[i], 52));
        z[i + 1] = _mm512_madd52lo_epu64(z[i + 1], m, low);
        z[i + 2] = _mm512_madd52hi_epu64(_mm512_sub_epi64(z[i + 2], m), m, low);
        z[i + 4] = _mm512_madd52lo_epu64(z[i + 4], m, high);
        z[i + 5] = _mm512_madd52hi_epu64(z[i + 5], m, high);
    }
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++)
        out.limb[i] = z[i + 5];
    return lanes_carry(out);
}

/* a * b / 2^260 modulo p. */
LANE_INLINE lanes_t lanes_mul(lanes_t a, lanes_t b)
{
    __m512i z[10];

#pragma GCC unroll 10
    for (int i = 0; i < 10; i++)
        z[i] = _mm512_setzero_si512();
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++)
#pragma GCC unroll 5
        for (int k = 0; k < 5; k++) {
            z[i + k] = _mm512_madd52lo_epu64(z[i + k], a.limb[i], b.limb[k]);
            z[i + k + 1] = _mm512_madd52hi_epu64(z[i + k + 1], a.limb[i], b.limb[k]);
        }
    return lanes_reduce(z);
}

LANE_INLINE lanes_t lanes_sqr(lanes_t a)
{
    __m512i z[10];

#pragma GCC unroll 10
    for (int i = 0; i < 10; i++)
        z[i] = _mm512_setzero_si512();
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++)
#pragma GCC unroll 5
        for (int k = i + 1; k < 5; k++) {
            z[i + k] = _mm512_madd52lo_epu64(z[i + k], a.limb[i], a.limb[k]);
            z[i + k + 1] = _mm512_madd52hi_epu64(z[i + k + 1], a.limb[i], a.limb[k]);
        }
#pragma GCC unroll 10
    for (int i = 1; i < 9; i++)
        z[i] = _mm512_add_epi64(z[i], z[i]);
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++) {
        z[2 * i] = _mm512_madd52lo_epu64(z[2 * i], a.limb[i], a.limb[i]);
        z[2 * i + 1] = _mm512_madd52hi_epu64(z[2 * i + 1], a.limb[i], a.limb[i]);
    }
    return lanes_reduce(z);
}

/* 2^260 modulo p. */
LANE_INLINE lanes_t lanes_one(void)
{
    return (lanes_t){{spread(0x10), spread(0xffffffff0000), spread(0), spread(0), spread(0x100000)}};
}

#define ELEMENT lanes_t
#define OF(name) lanes_##name
#define OUTLINE TARGET __attribute__((noinline))
#include "sm2_formulas.h"
#undef ELEMENT
#undef OF
#undef OUTLINE

#endif
#endif
