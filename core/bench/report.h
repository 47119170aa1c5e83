/* SPDX-License-Identifier: MIT */
/* Rows of figures: printed, and kept for --json. */
#ifndef RELAY_BENCH_REPORT_H
#define RELAY_BENCH_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "relay/relay_file.h"
#include "relay/relay_info.h"

struct report_options {
    bool quick;
    const char *json; /* file to write, or NULL */
};

/* Read the arguments (ends the program on bad ones) and print the heading. */
struct report_options report_begin(int argc, char **argv);

/* The median; sorts a copy. */
double report_median(const double *values, unsigned count);

/* One figure: nanoseconds for each event, its ratio, the ratio it should not exceed (0: none). */
void report_row(const char *name, size_t bytes, double ns, double ratio, double bar);

/* Write the JSON file, if one is wanted: the exit status. */
int report_end(const struct report_options *options);

#endif
