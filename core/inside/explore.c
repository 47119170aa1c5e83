/* SPDX-License-Identifier: MIT */
/* Is there a schedule in which a condition holds? What both ways of looking share. */
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "set.h"

enum { OFTEN = 4096 }; /* states between two looks at whether to go on */

static _Thread_local struct relay_set ends;

bool relay_search_holds(struct search *search)
{
    const struct relay_inside_question *question = search->question;

    return question->words && relay_compute(search->machine, question->code, question->words) != 0;
}

bool relay_search_goes_on(struct search *search)
{
    const struct relay_inside_question *question = search->question;
    uint64_t states = search->answer->states;

    if (question->most_states && states >= question->most_states)
        return false;
    if (states < search->next_word || !question->goes_on)
        return true;
    search->next_word = states + OFTEN;
    return question->goes_on(question->told, states);
}

void relay_search_end(struct search *search)
{
    struct relay_set_row *row = relay_set_row(&ends, relay_end_hash(search->machine));

    search->answer->schedules++;
    if (!row) {
        search->failed = true;
    } else if (row->value == UINT64_MAX) {
        row->value = 0;
        search->answer->ends_hash += row->key;
        search->answer->ends++;
    }
}

/* The digests of final states, for whoever puts several findings together. */
static bool tell_ends(struct relay_inside_finding *answer)
{
    size_t count = 0;

    answer->end_keys = malloc(ends.count * sizeof(uint64_t) + 1);
    if (!answer->end_keys)
        return false;
    for (uint64_t i = 0; i < ends.size; i++)
        if (ends.rows[i].key)
            answer->end_keys[count++] = ends.rows[i].key;
    return true;
}

bool relay_inside_explore(struct relay_inside *machine,
                          const struct relay_inside_question *question,
                          struct relay_inside_finding *ret)
{
    struct search search = {.machine = machine, .question = question, .answer = ret};
    struct moment *here;

    *ret = (struct relay_inside_finding){.finished = true};
    if (!relay_code_is_valid(question->code, question->words))
        return false;
    here = relay_moment_take(machine);
    if (!here)
        return false;
    ends = (struct relay_set){0};
    if (question->pruning == RELAY_INSIDE_BY_ORDER)
        relay_explore_orders(&search);
    else
        relay_explore_states(&search);
    relay_moment_put(machine, here);
    relay_moment_free(here);
    machine->n_calls = 0;
    search.failed |= !tell_ends(ret);
    free(ends.rows);
    ends = (struct relay_set){0};
    return !search.failed;
}

double relay_inside_compute(struct relay_inside *machine, const struct relay_inside_word *code,
                            size_t words)
{
    relay_is_end(machine);
    return relay_code_is_valid(code, words) ? relay_compute(machine, code, words) : 0;
}

void relay_inside_free_finding(struct relay_inside_finding *finding)
{
    free(finding->schedule);
    free(finding->end_keys);
    finding->schedule = NULL;
    finding->end_keys = NULL;
}
