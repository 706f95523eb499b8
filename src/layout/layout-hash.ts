/** Generated from src/layout/schema.ts by "npm run layout"; do not edit. */
export const LAYOUT_HASH = 0x12f59a00;
