# Channels in every state that a reader of memory must tell apart; used by the jobs.
T=/sys/kernel/debug/relay_truth
ask() { echo "$@" >$T/command || echo "FAILED: $*"; }
on() { # a mask of CPUs, and the command
	taskset "$1" sh -c 'shift; echo "$@" >'$T/command - "$@" || echo "FAILED on $*"
}

# name, size and number of sub-buffers, mode, header, files
ask open blocked 4096 8 no-overwrite 0 1
ask open lapped 1000 7 overwrite 0 1
ask open global 256 4 global 16 1
ask open nofiles 16384 4 default 0 0
ask open large 65536 8 overwrite 0 1

# full, with events refused; half read; being filled; untouched
on 1 write blocked 100 400
on 2 write blocked 300 40
on 4 write blocked 48 10
dd if=$T/blocked/cpu1 of=/dev/null bs=5000 count=1 2>/dev/null

# lapped; read, then lapped; exactly full sub-buffers; one event that is too big
on 1 write lapped 64 500
on 2 write lapped 90 30
dd if=$T/lapped/cpu1 of=/dev/null bs=700 count=2 2>/dev/null
on 2 write lapped 90 60
on 4 write lapped 100 10
on 8 write lapped 77 20
on 8 write lapped 1001 1

on 1 write global 30 5
on 2 write global 50 6
on 1 write nofiles 2000 50
on 4 write nofiles 2000 12
ask flush nofiles
on 1 write large 4096 70
on 2 write large 1024 900
on 4 write large 200 4000
on 8 write large 64 3000
