/* SPDX-License-Identifier: MIT */
/* The error vocabulary: codes, names, texts, and the last one of each thread. */
#include "internal.h"

static const struct {
    const char *name;
    int number;
    const char *text;
} errors[RELAY_N_ERRORS] = {
#define X(name, number, text) {#name, number, text},
    RELAY_ERRORS(X)
#undef X
};

void relay_set_error(enum relay_error_code code)
{
    relay_this_thread.error = code;
}

RELAY_EXPORT enum relay_error_code relay_error(void)
{
    return relay_this_thread.error;
}

RELAY_EXPORT void relay_error_clear(void)
{
    relay_set_error(RELAY_ERR_OK);
}

static bool is_code(enum relay_error_code code)
{
    return (unsigned)code < RELAY_N_ERRORS;
}

RELAY_EXPORT const char *relay_error_text(enum relay_error_code code)
{
    return is_code(code) ? errors[code].text : "unknown error";
}

RELAY_EXPORT const char *relay_error_name(enum relay_error_code code)
{
    return is_code(code) ? errors[code].name : "?";
}

RELAY_EXPORT int relay_error_errno(enum relay_error_code code)
{
    return is_code(code) ? errors[code].number : 0;
}
