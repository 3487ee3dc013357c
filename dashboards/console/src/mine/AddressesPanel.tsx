/** Where the viewer is reached; a new address counts once its code was entered. */
import { useQuery } from "@tanstack/react-query";
import { App, Button, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CodeWord } from "../alarms/CodeWord";
import { codesQuery } from "../api/queries";
import type { NoticeAddress } from "../api/types";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { Answer } from "../machine_page/Answer";
import { addAddress, addressesQuery, removeAddress, sendTest, useCommand, verifyAddress } from "./queries";

type Channel = NoticeAddress["channel"];

export function AddressesPanel() {
  const { t } = useTranslation();
  const addresses = useQuery(addressesQuery);
  const test = useCommand((channel: Channel) => sendTest(channel), ["notices"], t("mine.testSent"));
  return (
    <Panel
      id="addresses"
      title={t("mine.addresses")}
      tools={
        <Button size="small" loading={test.isPending} onClick={() => test.mutate("email")} data-testid="send-test">
          {t("mine.sendTest")}
        </Button>
      }
    >
      <div className="panel-pad">
        <Answer query={addresses} rows={2}>
          {(items) => (
            <ul className="mine-addresses">
              {items.length === 0 && <li className="quiet">{t("mine.byRecord")}</li>}
              {items.map((address) => (
                <Address key={address.id} address={address} onTest={() => test.mutate(address.channel)} />
              ))}
            </ul>
          )}
        </Answer>
        <NewAddress />
      </div>
    </Panel>
  );
}

function Address({ address, onTest }: { address: NoticeAddress; onTest: () => void }) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const verify = useCommand((given: string) => verifyAddress(address.id, given), ["addresses"], t("mine.verified"));
  const remove = useCommand(() => removeAddress(address.id), ["addresses", "preferences"]);
  return (
    <li>
      <span>
        <CodeWord list="notice_channels" code={address.channel} /> <b>{address.address}</b>
      </span>
      {address.verified ? (
        <Button size="small" onClick={onTest}>
          {t("mine.sendTest")}
        </Button>
      ) : (
        <Input.Search
          className="mine-code"
          value={code}
          inputMode="numeric"
          maxLength={6}
          placeholder={t("mine.code")}
          aria-label={t("mine.code")}
          enterButton={t("mine.verify")}
          loading={verify.isPending}
          onChange={(event) => setCode(event.target.value)}
          onSearch={(given) => given !== "" && verify.mutate(given)}
        />
      )}
      <Button size="small" danger loading={remove.isPending} onClick={() => remove.mutate(undefined)}>
        {t("mine.remove")}
      </Button>
    </li>
  );
}

function NewAddress() {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { modal } = App.useApp();
  const { data: channels } = useQuery(codesQuery("notice_channels"));
  const [channel, setChannel] = useState<Channel>("email");
  const [address, setAddress] = useState("");
  const add = useCommand(
    async (given: string) => {
      const made = await addAddress({ channel, address: given });
      if (made.signing_secret !== null) void modal.info({ title: t("mine.secret"), content: <code>{made.signing_secret}</code> });
    },
    ["addresses"],
    t("mine.codeSent"),
  );
  return (
    <form
      className="mine-new"
      onSubmit={(event) => {
        event.preventDefault();
        if (address.trim() !== "") add.mutate(address.trim(), { onSuccess: () => setAddress("") });
      }}
    >
      <Select
        aria-label={t("mine.channel")}
        value={channel}
        onChange={setChannel}
        options={[...(channels ?? new Map<string, { zh: string; en: string }>())].map(([value, words]) => ({ value: value as Channel, label: language === "zh-CN" ? words.zh : words.en }))}
      />
      <Input aria-label={t("mine.address")} placeholder={t("mine.addressHelp")} value={address} onChange={(event) => setAddress(event.target.value)} />
      <Button htmlType="submit" loading={add.isPending} disabled={address.trim() === ""}>
        {t("mine.add")}
      </Button>
    </form>
  );
}
