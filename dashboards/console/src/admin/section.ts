/** A section of the administration, described: what its list shows, what its form asks, who may do what. */
import type { ReactNode } from "react";
import type words from "../words/en-US";
import type { Field, FieldWord, Target } from "./fields";
import type { Filters, Noun, Row, Values } from "./noun";

export type SectionKey = keyof (typeof words)["admin"]["section"];
export type PartWord = keyof (typeof words)["admin"]["part"];

export interface Column<R extends Row> {
  readonly name: FieldWord;
  render(row: R): ReactNode;
  readonly figures?: boolean;
  /** Left out where there is little room. */
  readonly wide?: boolean;
}

export interface ListFilter {
  readonly name: FieldWord;
  readonly list?: string;
  readonly codes?: readonly string[];
  readonly to?: Target;
  /** true and false, as the API writes them. */
  readonly yesNo?: boolean;
}

/** Something else about one thing, beside its form. */
export interface Part<R extends Row> {
  readonly key: PartWord;
  readonly right?: string;
  show(props: { row: R }): ReactNode;
}

export interface Section<R extends Row = Row> {
  readonly key: SectionKey;
  readonly noun: Noun<R>;
  /** The right that changing asks for; making, too, unless `create` is false. */
  readonly edit: string;
  readonly create?: boolean;
  readonly remove?: boolean;
  /** Whether the API knows a history of it. */
  readonly history?: boolean;
  readonly searched?: boolean;
  /** Its form holds tables: it gets more of the page than the list. */
  readonly roomy?: boolean;
  readonly always?: Filters;
  readonly filters?: readonly ListFilter[];
  readonly columns: readonly Column<R>[];
  readonly fields: readonly Field[];
  readonly blank?: Values;
  readonly parts?: readonly Part<R>[];
  nameOf(row: R): string;
  /** The other tools of the list. */
  tools?(): ReactNode;
  /** What stands above the form of one thing: what to do with it. */
  commands?(props: { row: R }): ReactNode;
  /** A thing as the form's values; its own members when left out. */
  toValues?(row: R): Values;
  /** What the form's values are in a body; as they are when left out. */
  toBody?(values: Values): Values;
  mayEdit?(row: R): boolean;
  /** What is told once when a thing was made, such as its secret. */
  told?(made: R): string | null;
}
