/* SPDX-License-Identifier: MIT */
/* See report.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

enum { MOST_ROWS = 128, MOST_VALUES = 64 };

static struct row {
    const char *name;
    size_t bytes;
    double ns, ratio, bar;
} rows[MOST_ROWS];
static unsigned n_rows;
static double load[3];

struct report_options report_begin(int argc, char **argv)
{
    struct report_options options = {0};

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0) {
            options.quick = true;
        } else if (strcmp(argv[i], "--json") == 0 && i + 1 < argc) {
            options.json = argv[++i];
        } else {
            fprintf(stderr, "usage: %s [--quick] [--json FILE]\n", argv[0]);
            exit(2);
        }
    }
    if (getloadavg(load, 3) != 3)
        memset(load, 0, sizeof(load));
    printf("load average %.2f %.2f %.2f%s\n", load[0], load[1], load[2],
           load[0] > 0.5 ? ": the machine is busy, the figures will scatter" : "");
    printf("%-32s %6s %9s %7s\n", "", "bytes", "ns/event", "ratio");
    return options;
}

static int compare(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;

    return (difference > 0) - (difference < 0);
}

double report_median(const double *values, unsigned count)
{
    double sorted[MOST_VALUES];

    memcpy(sorted, values, count * sizeof(*values));
    qsort(sorted, count, sizeof(*sorted), compare);
    return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

void report_row(const char *name, size_t bytes, double ns, double ratio, double bar)
{
    printf("%-32s %6zu %9.2f %7.2f", name, bytes, ns, ratio);
    if (bar > 0)
        printf("   bar %.2f %s", bar, ratio <= bar ? "ok" : "over");
    printf("\n");
    fflush(stdout);
    if (n_rows < MOST_ROWS)
        rows[n_rows++] = (struct row){name, bytes, ns, ratio, bar};
}

int report_end(const struct report_options *options)
{
    FILE *file = options->json ? fopen(options->json, "w") : NULL;

    if (!file) {
        if (options->json)
            perror(options->json);
        return options->json ? 1 : 0;
    }
    fprintf(file, "{\"load\": [%.2f, %.2f, %.2f], \"rows\": [", load[0], load[1], load[2]);
    for (unsigned i = 0; i < n_rows; i++) {
        fprintf(file, "%s\n  {\"name\": \"%s\", \"bytes\": %zu, \"ns\": %.3f, \"ratio\": %.3f",
                i ? "," : "", rows[i].name, rows[i].bytes, rows[i].ns, rows[i].ratio);
        if (rows[i].bar > 0)
            fprintf(file, ", \"bar\": %.2f, \"ok\": %s", rows[i].bar,
                    rows[i].ratio <= rows[i].bar ? "true" : "false");
        fprintf(file, "}");
    }
    fprintf(file, "\n]}\n");
    return fclose(file) == 0 ? 0 : 1;
}
