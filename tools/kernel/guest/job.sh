# The job of the comparison: channels, looks from inside and outside, then a client that drops.
. /share/channels.sh
step() { # tells the host, and goes on when it has done its part
	touch /share/$1.ready
	while [ ! -f /share/$1.go ]; do sleep 0.2; done
}

cat $T/report >/share/before.json
cp /sys/kernel/btf/vmlinux /share/btf
relay-agent list >/share/agent.json
step still

# looks while two writers run; their channel is read by nobody
ask open busy 65536 8 overwrite 0 1
ask start busy 48 400 50 2
cd "$(mktemp -d)" || exit
mkfifo asking # open for as long as somebody may ask
sleep 900 >asking &
echo $! >holder
relay-agent stream 30 60 <asking >/share/stream.json 2>/share/stream.err

# how many sub-buffers the writers finish in 3 s: beside nobody, beside a stream, beside one that
# looks as often as it can
finished() {
	sed 's/"subbufs_produced":/\n@/g' $T/report | awk -F'[@,]' '/^@/ { all += $2 } END { print all }'
}
speed() {
	before=$(finished)
	sleep 3
	echo "$1 $(($(finished) - before))" >>/share/speeds
}
for round in 1 2 3; do
	speed nobody
	for hz in 30 1000; do
		relay-agent stream $hz <asking >/dev/null 2>&1 &
		agent=$!
		sleep 8 # until it has read the kernel's symbols
		speed $hz
		kill $agent
		wait $agent
	done
done
kill $(cat holder)
step busy
ask stop
cat $T/report >/share/after.json

# what the kernel's own probes say: events that are refused or too big, a flush
sh /share/probes.sh >/share/trace 2>/share/trace.err &
probes=$!
while ! grep -q relay_called /sys/kernel/tracing/kprobe_events; do sleep 0.2; done
sleep 1
ask open traced 4096 2 no-overwrite 0 1
on 1 write traced 100 200
on 2 write traced 5000 3
on 4 write traced 10 5
ask flush traced
dd if=$T/traced/cpu0 of=/dev/null bs=4096 count=1 2>/dev/null
on 1 write traced 100 45

insmod /modules/null_blk.ko
cd "$(mktemp -d)" || exit
blktrace -d /dev/nullb0 -b 4 -n 2 -o trace >printed 2>&1 &
sleep 2
kill -STOP $!
dd if=/dev/nullb0 of=/dev/null bs=4k count=2000 2>/dev/null
cat /sys/kernel/debug/block/nullb0/dropped >/share/dropped
cat $T/report >/share/traced.json
sleep 2
kill $probes
wait $probes
relay-agent list >/share/blktrace.json
step blktrace
