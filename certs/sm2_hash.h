/* SM3: 32 octets of digest, blocks of 64 octets (GB/T 32905).
 *
 *   W[j]   = P1(W[j-16] ^ W[j-9] ^ (W[j-3] <<< 15)) ^ (W[j-13] <<< 7) ^ W[j-6]
 *   P0(x)  = x ^ (x <<< 9) ^ (x <<< 17)      P1(x) = x ^ (x <<< 15) ^ (x <<< 23)
 */
#ifndef V2X_SM2_HASH_H
#define V2X_SM2_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    uint32_t state[8];
    uint64_t octets; /* so far */
    uint8_t block[64];
} sm3_t;

static const uint32_t SM3_START[8] = {0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600,
                                      0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e};

static inline uint32_t turn(uint32_t x, int bits)
{
    return bits ? x << bits | x >> (32 - bits) : x;
}

static inline uint32_t sm3_p0(uint32_t x)
{
    return x ^ turn(x, 9) ^ turn(x, 17);
}

static inline uint32_t sm3_p1(uint32_t x)
{
    return x ^ turn(x, 15) ^ turn(x, 23);
}

/* Round j of 64; of the eight words four get a new value, and the caller moves the names by one. */
static inline __attribute__((always_inline)) void
sm3_round(uint32_t a, uint32_t *b, uint32_t c, uint32_t *d, uint32_t e, uint32_t *f, uint32_t g, uint32_t *h,
          const uint32_t *w, int j)
{
    uint32_t high = turn(a, 12), first = turn(high + e + turn(j < 16 ? 0x79cc4519 : 0x7a879d8a, j % 32), 7);
    uint32_t choice = j < 16 ? a ^ *b ^ c : (a & *b) | (c & (a | *b));
    uint32_t other = j < 16 ? e ^ *f ^ g : g ^ (e & (*f ^ g));

    *d += choice + (first ^ high) + (w[j] ^ w[j + 4]);
    *h = sm3_p0(*h + other + first + w[j]);
    *b = turn(*b, 9);
    *f = turn(*f, 19);
}

static void sm3_block(uint32_t state[8], const uint8_t *block)
{
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    uint32_t w[68];

    for (int j = 0; j < 16; j++)
        w[j] = (uint32_t)block[4 * j] << 24 | (uint32_t)block[4 * j + 1] << 16 | (uint32_t)block[4 * j + 2] << 8 |
               block[4 * j + 3];
    for (int j = 16; j < 68; j++)
        w[j] = sm3_p1(w[j - 16] ^ w[j - 9] ^ turn(w[j - 3], 15)) ^ turn(w[j - 13], 7) ^ w[j - 6];
#pragma GCC unroll 16
    for (int j = 0; j < 64; j += 4) {
        sm3_round(a, &b, c, &d, e, &f, g, &h, w, j);
        sm3_round(d, &a, b, &c, h, &e, f, &g, w, j + 1);
        sm3_round(c, &d, a, &b, g, &h, e, &f, w, j + 2);
        sm3_round(b, &c, d, &a, f, &g, h, &e, w, j + 3);
    }
    state[0] ^= a;
    state[1] ^= b;
    state[2] ^= c;
    state[3] ^= d;
    state[4] ^= e;
    state[5] ^= f;
    state[6] ^= g;
    state[7] ^= h;
}

static void sm3_begin(sm3_t *hash)
{
    memcpy(hash->state, SM3_START, sizeof hash->state);
    hash->octets = 0;
}

static void sm3_add(sm3_t *hash, const uint8_t *data, size_t size)
{
    size_t used = (size_t)(hash->octets % 64), part;

    hash->octets += size;
    while (size) {
        if (!used && size >= 64) {
            sm3_block(hash->state, data);
            part = 64;
        } else {
            part = size < 64 - used ? size : 64 - used;
            memcpy(hash->block + used, data, part);
            used = (used + part) % 64;
            if (!used)
                sm3_block(hash->state, hash->block);
        }
        data += part;
        size -= part;
    }
}

static void sm3_end(sm3_t *hash, uint8_t digest[32])
{
    static const uint8_t padding[64] = {0x80};
    uint64_t bits = hash->octets * 8;
    uint8_t length[8];

    for (int i = 0; i < 8; i++)
        length[i] = (uint8_t)(bits >> (56 - 8 * i));
    sm3_add(hash, padding, (size_t)(1 + (119 - hash->octets % 64) % 64));
    sm3_add(hash, length, 8);
    for (int i = 0; i < 32; i++)
        digest[i] = (uint8_t)(hash->state[i / 4] >> (24 - 8 * (i % 4)));
}

#endif
