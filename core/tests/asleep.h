/* SPDX-License-Identifier: MIT */
/* Whether another thread of this program waits for something, by what the system says. */
#ifndef RELAY_TESTS_ASLEEP_H
#define RELAY_TESTS_ASLEEP_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/* `id`: of gettid(); 0: not running yet, and so not asleep. */
static inline bool is_thread_asleep(pid_t id)
{
    char name[64], state = 0;
    FILE *file;

    snprintf(name, sizeof(name), "/proc/self/task/%d/stat", (int)id);
    file = fopen(name, "r");
    if (!file)
        return false;
    if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
        state = 0;
    fclose(file);
    return state == 'S';
}

#endif
