/** A button that opens a small form and sends it; what comes back once, such as a link, is shown before it closes. */
import { useMutation } from "@tanstack/react-query";
import { App, Button, Modal } from "antd";
import { type ReactNode, useState } from "react";
import { useDialogGuard } from "../app/unsaved";
import type { Field } from "./fields";
import { onceKey, type Values } from "./noun";
import { SecretNotice } from "./SecretNotice";
import { ThingForm } from "./ThingForm";
import { changedNoun } from "./useRows";

interface FormDialogProps<T> {
  readonly button: string;
  readonly icon?: ReactNode;
  readonly primary?: boolean;
  readonly title: string;
  readonly help?: string;
  readonly fields: readonly Field[];
  readonly blank?: Values;
  readonly save: string;
  /** The nouns whose lists it changes. */
  readonly changes: readonly string[];
  readonly send: (values: Values, once: string) => Promise<T>;
  readonly told?: (answer: T) => string | null;
  readonly done: string;
}

export function FormDialog<T>(props: FormDialogProps<T>) {
  const [open, setOpen] = useState(0); // how often it was opened: each time is a form of its own
  const [closed, setClosed] = useState(true);
  const { Frame, leave } = useDialogGuard();
  return (
    <>
      <Button
        {...(props.icon === undefined ? {} : { icon: props.icon })}
        {...(props.primary === true ? { type: "primary" as const } : {})}
        onClick={() => {
          setOpen(open + 1);
          setClosed(false);
        }}
      >
        {props.button}
      </Button>
      <Modal open={!closed} title={props.title} footer={null} destroyOnHidden width={640} onCancel={() => leave(() => setClosed(true))}>
        <Frame>
          <Inside key={open} {...props} onClose={() => setClosed(true)} onCancel={() => leave(() => setClosed(true))} />
        </Frame>
      </Modal>
    </>
  );
}

const NOTHING: Values = {};

function Inside<T>({ help, fields, blank = NOTHING, save, changes, send, told, done, onClose, onCancel }: FormDialogProps<T> & { onClose: () => void; onCancel: () => void }) {
  const { message } = App.useApp();
  const [once] = useState(onceKey);
  const [words, setWords] = useState<string | null>(null);
  const sending = useMutation({
    mutationFn: (values: Values) => send(values, once),
    onSuccess: async (answer) => {
      await Promise.all(changes.map(changedNoun));
      const secret = told?.(answer) ?? null;
      if (secret !== null) return setWords(secret);
      void message.success(done);
      onClose();
    },
  });
  if (words !== null) return <SecretNotice words={words} onDone={onClose} />;
  return (
    <>
      {help !== undefined && <p className="quiet">{help}</p>}
      <ThingForm fields={fields} row={null} blank={blank} error={sending.error} pending={sending.isPending} save={save} onSave={(values) => sending.mutate(values)} onCancel={onCancel} />
    </>
  );
}
