/* SPDX-License-Identifier: MIT */
/* What is looked for: an expression in postfix form over figures and fields of the buffers. */
#include <string.h>

#include "machine.h"

enum { DEEPEST = 64, WORD = 8 };

/* What a code takes from the stack; it gives one value back. */
static unsigned takes(uint32_t code)
{
    if (code <= RELAY_INSIDE_FIELD_OF)
        return 0;
    return code <= RELAY_INSIDE_NEGATE ? 1 : 2;
}

static bool is_word_valid(const struct relay_inside_word *word)
{
    switch (word->code) {
    case RELAY_INSIDE_FIGURE:
        return word->value >= 0 && word->value < RELAY_INSIDE_N_FIGURES;
    case RELAY_INSIDE_FIELD:
    case RELAY_INSIDE_FIELD_OF:
        return (uint32_t)word->value + WORD <= sizeof(struct relay_buf_info);
    default:
        return word->code <= RELAY_INSIDE_OR;
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

static int64_t field(const struct relay_buf_info *rows, size_t count, int64_t value, bool of_one)
{
    size_t at = (uint32_t)value, row = (size_t)(value >> 32);
    int64_t sum = 0, one;

    for (size_t i = 0; i < count; i++) {
        if (of_one && i != row)
            continue;
        memcpy(&one, (const unsigned char *)&rows[i] + at, sizeof(one));
        sum += one;
    }
    return sum;
}

static int64_t combine(uint32_t code, int64_t a, int64_t b)
{
    switch (code) {
    case RELAY_INSIDE_ADD:
        return (int64_t)((uint64_t)a + (uint64_t)b);
    case RELAY_INSIDE_SUBTRACT:
        return (int64_t)((uint64_t)a - (uint64_t)b);
    case RELAY_INSIDE_MULTIPLY:
        return (int64_t)((uint64_t)a * (uint64_t)b);
    case RELAY_INSIDE_LESS:
        return a < b;
    case RELAY_INSIDE_LESS_EQUAL:
        return a <= b;
    case RELAY_INSIDE_EQUAL:
        return a == b;
    case RELAY_INSIDE_AND:
        return a && b;
    default:
        return a || b;
    }
}

int64_t relay_compute(struct relay_inside *machine, const struct relay_inside_word *code,
                      size_t words)
{
    struct relay_buf_info rows[RELAY_INSIDE_MAX_CPUS];
    int64_t stack[DEEPEST + 1] = {0};
    size_t depth = 0, count = 0;

    for (size_t i = 0; i < words; i++) {
        int64_t value = code[i].value;

        if ((code[i].code == RELAY_INSIDE_FIELD || code[i].code == RELAY_INSIDE_FIELD_OF) && !count)
            count = relay_inside_snapshot(machine, rows, NULL, RELAY_INSIDE_MAX_CPUS);
        switch (code[i].code) {
        case RELAY_INSIDE_NUMBER:
            stack[depth++] = value;
            break;
        case RELAY_INSIDE_FIGURE:
            stack[depth++] = (int64_t)machine->state->figures[value];
            break;
        case RELAY_INSIDE_FIELD:
        case RELAY_INSIDE_FIELD_OF:
            stack[depth++] = field(rows, count, value, code[i].code == RELAY_INSIDE_FIELD_OF);
            break;
        case RELAY_INSIDE_NOT:
            stack[depth - 1] = !stack[depth - 1];
            break;
        case RELAY_INSIDE_NEGATE:
            stack[depth - 1] = -stack[depth - 1];
            break;
        default:
            depth--;
            stack[depth - 1] = combine(code[i].code, stack[depth - 1], stack[depth]);
        }
    }
    return depth ? stack[0] : 0;
}
