// Reads an AsyncAPI document with its reference parser and prints every finding as JSON.
import { readFile } from 'node:fs/promises';
import { Parser } from '@asyncapi/parser';

const text = await readFile(process.argv[2], 'utf8');
const { diagnostics } = await new Parser().parse(text);
const findings = diagnostics.map(({ code, message, path }) => ({ code, message, path: path.join('.') }));
console.log(JSON.stringify(findings));
