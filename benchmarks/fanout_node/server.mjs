// A bare socket.io server: one room, the same changes as the other servers of the measurement (benchmarks/changes.py).
import { createServer } from "node:http";
import { Server } from "socket.io";

const EVENT = "board.image";
const FIRST = 10_000_000;
const IN_FLIGHT = 8;
const AT_ONCE = 4;
const PING = 10_000;
const ROW = { id: 17, name: "Agent Seventeen", state: "talking", since: 1790000000, queue: 12, code: "" };

const microseconds = () => Number(process.hrtime.bigint() / 1000n); // the clock of Python's time.monotonic()
const http = createServer((_request, answer) => answer.end("ok"));
const io = new Server(http, { transports: ["websocket"], pingInterval: PING, pingTimeout: PING, perMessageDeflate: false, serveClient: false });

const tell = (number, due) => io.to("board").emit(EVENT, { v: number, t: due, rows: [ROW, ROW], gone: [] });
const loop = { next: 0, last: 0 };

function pace(began, number, { rate, count }) {
  if (number >= count) return;
  const due = began + Math.round((number * 1e6) / rate);
  const left = due - microseconds();
  if (left > 0) {
    setTimeout(pace, Math.ceil(left / 1000), began, number, { rate, count });
    return;
  }
  tell(FIRST + number, due);
  pace(began, number + 1, { rate, count });
}

io.on("connection", (socket) => {
  socket.on("board.sync", (_data, acknowledge) => {
    socket.join("board");
    acknowledge({ ok: true });
  });
  socket.on("bench.paced", (order) => pace(microseconds() + 50_000, 0, order));
  socket.on("bench.loop", ({ count }) => {
    loop.next = IN_FLIGHT;
    loop.last = count;
    for (let n = 0; n < IN_FLIGHT; n += 1) tell(FIRST + n, microseconds());
  });
  socket.on("bench.got", () => {
    const end = Math.min(loop.next + AT_ONCE, loop.last);
    for (; loop.next < end; loop.next += 1) tell(FIRST + loop.next, microseconds());
  });
});

http.listen(Number(process.argv[2]), "127.0.0.1");
