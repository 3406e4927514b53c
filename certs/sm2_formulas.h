/* Points of the curve, by formulas that serve two fields: included once for each.
 *
 * Before it is included, ELEMENT is the type of an element, OF(name) makes the name of an operation and OUTLINE
 * has the attributes of a function.  The field gives OF(mul), OF(sqr), OF(add), OF(sub), OF(sub_lazy), OF(sub_twice),
 * OF(three_halves) and OF(one).
 *
 * A Jacobian point (X, Y, Z) stands for x = X / Z^2, y = Y / Z^3, Z = 0 for infinity.  The addition is that of
 * different points: where they are equal or opposite, or the first is infinity, it gives Z = 0, and Z stays 0 from
 * there on.  Whoever adds looks at Z.
 */

typedef struct {
    ELEMENT x, y, z;
} OF(jacobian_t);

typedef struct {
    ELEMENT x, y;
} OF(affine_t);

/* 2P with a = -3:  L = 3/2 (X - Z^2)(X + Z^2), T = X Y^2
 *   X' = L^2 - 2T    Y' = L (T - X') - Y^4    Z' = Y Z */
static OUTLINE void OF(double)(OF(jacobian_t) *p)
{
    ELEMENT zz = OF(sqr)(p->z), yy = OF(sqr)(p->y), t = OF(mul)(p->x, yy);
    ELEMENT slope = OF(mul)(OF(sub)(p->x, zz), OF(three_halves)(OF(add)(p->x, zz)));

    p->z = OF(mul)(p->y, p->z);
    p->x = OF(sub_twice)(OF(sqr)(slope), t);
    p->y = OF(sub)(OF(mul)(slope, OF(sub)(t, p->x)), OF(sqr)(yy));
}

/* P + Q, Q affine:  H = x Z^2 - X, R = y Z^3 - Y
 *   X' = R^2 - H^3 - 2 X H^2    Y' = R (X H^2 - X') - Y H^3    Z' = Z H */
static OUTLINE void OF(add_point)(OF(jacobian_t) *p, const OF(affine_t) *q)
{
    ELEMENT zz = OF(sqr)(p->z);
    ELEMENT h = OF(sub)(OF(mul)(q->x, zz), p->x);
    ELEMENT r = OF(sub)(OF(mul)(q->y, OF(mul)(zz, p->z)), p->y);
    ELEMENT hh = OF(sqr)(h), hhh = OF(mul)(hh, h), v = OF(mul)(p->x, hh);

    p->z = OF(mul)(p->z, h);
    p->x = OF(sub_twice)(OF(sub_lazy)(OF(sqr)(r), hhh), v);
    p->y = OF(sub)(OF(mul)(r, OF(sub)(v, p->x)), OF(mul)(p->y, hhh));
}

/* a^exponent for an exponent of 256 bits that does not begin with four zeros, by windows of four bits. */
static OUTLINE ELEMENT OF(power)(ELEMENT a, const number_t *exponent)
{
    ELEMENT powers[16], out;

    powers[1] = a;
    for (int i = 2; i < 16; i++)
        powers[i] = OF(mul)(powers[i - 1], a);
    out = powers[exponent->limb[3] >> 60];
    for (int i = 62; i >= 0; i--) {
        unsigned digit = (unsigned)(exponent->limb[i / 16] >> (4 * (i % 16))) & 15;

        for (int k = 0; k < 4; k++)
            out = OF(sqr)(out);
        if (digit)
            out = OF(mul)(out, powers[digit]);
    }
    return out;
}

/* `count` finite points in affine form, with one inversion: all Z are multiplied up into out[].x, the product is
 * inverted and taken apart again from the end. */
static OUTLINE void OF(to_affine)(OF(affine_t) *out, const OF(jacobian_t) *points, int count)
{
    ELEMENT inverse, one;

    out[0].x = points[0].z;
    for (int i = 1; i < count; i++)
        out[i].x = OF(mul)(out[i - 1].x, points[i].z);
    inverse = OF(power)(out[count - 1].x, &INVERSE_POWER);
    for (int i = count - 1; i >= 0; i--) {
        one = i ? OF(mul)(inverse, out[i - 1].x) : inverse;
        inverse = OF(mul)(inverse, points[i].z);
        out[i].y = OF(mul)(points[i].y, one);
        one = OF(sqr)(one);
        out[i].x = OF(mul)(points[i].x, one);
        out[i].y = OF(mul)(out[i].y, one);
    }
}

/* P, 2P, ... count * P. */
static OUTLINE void OF(multiples)(OF(jacobian_t) *out, const OF(affine_t) *base, int count)
{
    out[0] = (OF(jacobian_t)){base->x, base->y, OF(one)()};
    for (int i = 1; i < count; i++)
        if (i % 2) {
            out[i] = out[i / 2];
            OF(double)(&out[i]);
        } else {
            out[i] = out[i - 1];
            OF(add_point)(&out[i], base);
        }
}

/* The table of a point: for each of `bases` points 2^(SPACING * k) P its multiples 1 to MULTIPLES. */
static OUTLINE void OF(make_table)(OF(affine_t) *table, const OF(affine_t) *point, int bases)
{
    OF(jacobian_t) all[WIDE_BASES * MULTIPLES], at = {point->x, point->y, OF(one)()};
    OF(affine_t) base[WIDE_BASES];

    for (int k = 0; k < bases; k++) {
        all[k] = at;
        for (int i = 0; i < SPACING && k + 1 < bases; i++)
            OF(double)(&at);
    }
    base[0] = *point;
    if (bases > 1)
        OF(to_affine)(base, all, bases);
    for (int k = 0; k < bases; k++)
        OF(multiples)(all + MULTIPLES * k, &base[k], MULTIPLES);
    OF(to_affine)(table, all, bases * MULTIPLES);
}
