/** Any section: its list, and beside it one thing of it or the form of a new one. */
import { useAddress } from "./useAddress";
import { ListPanel } from "./ListPanel";
import { NewPanel } from "./NewPanel";
import type { Section } from "./section";
import { ThingPanel } from "./ThingPanel";

export function SectionPage({ section }: { section: Section }) {
  const { id } = useAddress();
  return (
    <div className={id === "" ? "admin-split" : section.roomy === true ? "admin-split admin-split-open admin-split-roomy" : "admin-split admin-split-open"}>
      <ListPanel section={section} />
      {id === "new" ? <NewPanel section={section} /> : id !== "" && <ThingPanel key={id} section={section} id={id} />}
    </div>
  );
}
