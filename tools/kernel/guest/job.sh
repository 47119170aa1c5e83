# The job of the comparison: channels, looks from inside and outside, then a client that drops.
. /share/channels.sh
step() { # tells the host, and goes on when it has done its part
	touch /share/$1.ready
	while [ ! -f /share/$1.go ]; do sleep 0.2; done
}

cat $T/report >/share/before.json
relay-agent list >/share/agent.json
step still

# looks while two writers run; their channel is read by nobody
ask open busy 65536 8 overwrite 0 1
ask start busy 48 400 50 2
sleep 5 | relay-agent stream 30 60 >/share/stream.json 2>/share/stream.err
step busy
ask stop
cat $T/report >/share/after.json

insmod /modules/null_blk.ko
cd "$(mktemp -d)" || exit
blktrace -d /dev/nullb0 -b 4 -n 2 -o trace >printed 2>&1 &
sleep 2
kill -STOP $!
dd if=/dev/nullb0 of=/dev/null bs=4k count=2000 2>/dev/null
cat /sys/kernel/debug/block/nullb0/dropped >/share/dropped
relay-agent list >/share/blktrace.json
step blktrace
