/* SPDX-License-Identifier: MIT */
/* What is looked for: an expression in postfix form over figures and fields of the buffers. */
#include <math.h>
#include <string.h>

#include "machine.h"

enum { DEEPEST = 256 };

/* What a code takes from the stack; it gives one value back. */
static unsigned takes(uint32_t code)
{
    if (code <= RELAY_INSIDE_FIELD_OF)
        return 0;
    if (code == RELAY_INSIDE_IF)
        return 3;
    return code <= RELAY_INSIDE_ROUND ? 1 : 2;
}

static size_t byte_of(int64_t value)
{
    return (size_t)value & 0xffff;
}

static size_t size_of(int64_t value)
{
    return (size_t)(value >> 16) & 0xffff;
}

static bool is_word_valid(const struct relay_inside_word *word)
{
    size_t size = size_of(word->value);

    switch (word->code) {
    case RELAY_INSIDE_FIGURE:
        return word->value >= 0 && word->value < RELAY_INSIDE_N_FIGURES;
    case RELAY_INSIDE_FIELD:
    case RELAY_INSIDE_FIELD_OF:
        return (size == sizeof(uint32_t) || size == sizeof(uint64_t)) &&
               byte_of(word->value) + size <= sizeof(struct relay_buf_info);
    default:
        return word->code <= RELAY_INSIDE_IF;
    }
}

bool relay_code_is_valid(const struct relay_inside_word *code, size_t words)
{
    unsigned depth = 0;

    for (size_t i = 0; i < words; i++) {
        if (!is_word_valid(&code[i]) || depth < takes(code[i].code))
            return false;
        depth = depth - takes(code[i].code) + 1;
        if (depth > DEEPEST)
            return false;
    }
    return words == 0 || depth == 1;
}

static double field(const struct relay_buf_info *rows, size_t count, int64_t value, bool of_one)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        uint64_t one = 0; /* the first bytes of it, as little-endian machines have them */

        if (of_one && rows[i].cpu != (uint64_t)value >> 32)
            continue;
        memcpy(&one, (const unsigned char *)&rows[i] + byte_of(value), size_of(value));
        sum += one;
    }
    return (double)sum;
}

static bool is_true(double value)
{
    return value != 0 && !isnan(value);
}

/* Of three kinds of division; as Python has them, but nothing comes of one by 0. */
static double divide(uint32_t code, double a, double b)
{
    double rest;

    if (b == 0)
        return NAN;
    if (code == RELAY_INSIDE_DIVIDE)
        return a / b;
    rest = fmod(a, b);
    if (rest != 0 && (rest < 0) != (b < 0))
        rest += b;
    return code == RELAY_INSIDE_MODULO ? rest : rint((a - rest) / b);
}

static double combine(uint32_t code, double a, double b)
{
    switch (code) {
    case RELAY_INSIDE_ADD:
        return a + b;
    case RELAY_INSIDE_SUBTRACT:
        return a - b;
    case RELAY_INSIDE_MULTIPLY:
        return a * b;
    case RELAY_INSIDE_MIN:
        return isnan(a) || a < b ? a : b;
    case RELAY_INSIDE_MAX:
        return isnan(a) || a > b ? a : b;
    case RELAY_INSIDE_LESS:
        return a < b;
    case RELAY_INSIDE_LESS_EQUAL:
        return a <= b;
    case RELAY_INSIDE_EQUAL:
        return a == b;
    case RELAY_INSIDE_AND:
        return is_true(a) ? b : a;
    case RELAY_INSIDE_OR:
        return is_true(a) ? a : b;
    default:
        return divide(code, a, b);
    }
}

static double change(uint32_t code, double value)
{
    switch (code) {
    case RELAY_INSIDE_NOT:
        return !is_true(value);
    case RELAY_INSIDE_NEGATE:
        return -value;
    case RELAY_INSIDE_ABS:
        return fabs(value);
    default:
        return rint(value);
    }
}

/* What a code that takes nothing stands for. */
static double load(struct relay_inside *machine, const struct relay_inside_word *word,
                   const struct relay_buf_info *rows, size_t count)
{
    double fraction;

    switch (word->code) {
    case RELAY_INSIDE_NUMBER:
        return (double)word->value;
    case RELAY_INSIDE_FRACTION:
        memcpy(&fraction, &word->value, sizeof(fraction));
        return fraction;
    case RELAY_INSIDE_FIGURE:
        return (double)machine->state->figures[word->value];
    default:
        return field(rows, count, word->value, word->code == RELAY_INSIDE_FIELD_OF);
    }
}

double relay_compute(struct relay_inside *machine, const struct relay_inside_word *code,
                     size_t words)
{
    struct relay_buf_info rows[RELAY_INSIDE_MAX_CPUS];
    double stack[DEEPEST + 1];
    size_t depth = 0, count = 0;

    stack[0] = 0;
    for (size_t i = 0; i < words; i++) {
        uint32_t what = code[i].code;
        unsigned taken = takes(what);
        double *top;

        if ((what == RELAY_INSIDE_FIELD || what == RELAY_INSIDE_FIELD_OF) && !count)
            count = relay_inside_snapshot(machine, rows, NULL, RELAY_INSIDE_MAX_CPUS);
        depth = depth - taken + 1;
        top = &stack[depth - 1];
        if (taken == 0)
            *top = load(machine, &code[i], rows, count);
        else if (taken == 1)
            *top = change(what, *top);
        else if (taken == 2)
            *top = combine(what, top[0], top[1]);
        else
            *top = is_true(top[1]) ? top[0] : top[2];
    }
    return isnan(stack[0]) ? 0 : stack[0];
}
