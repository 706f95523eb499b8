/** Opens a file until the process may open no more, then closes all and opens once again. */
import { readdirSync } from 'node:fs';
import { loadNative } from '#src/platform/load-native.js';
import { argument } from './report.js';

const native = loadNative();
const openNow = (): number => readdirSync('/proc/self/fd').length;
const before = openNow();
const taken: number[] = [];
let last = native.openFile(argument(0));
for (; last >= 0; last = native.openFile(argument(0))) taken.push(last);
const created = native.createFile(`${argument(0)}.new`);
taken.forEach((fd) => native.closeFile(fd));
console.log(JSON.stringify({ taken: taken.length, last, created, leaked: openNow() - before }));
