"""Names of people as a British contact centre has them: many origins, some long, some with accents."""

import random
from collections.abc import Iterator


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GIVEN = _words(
    """
    Aaliyah Abigail Adébáyò Agnieszka Aidan Aisha Alasdair Amara Amelia Amir Anastasia Andrzej Angharad
    Anjali Arjun Ayesha Beatriz Bethan Bilal Bogdan Bronwen Callum Carlos Catriona Chidi Chinedu Chloe
    Ciarán Connor Daisy Daniel Dariusz Deepika Demi Denise Dimitra Dylan Eilidh Ekaterina Eleri Elif
    Emily Emre Ewan Fatima Fatuma Femi Fergus Fiona Gareth Gemma Giulia Gráinne Gwen Habiba Hamza Hannah
    Harpreet Harriet Hassan Helen Hiroshi Holly Hywel Ibrahim Imogen Ingrid Ioan Isla Ismail Jack Jamal
    Jasmine Joana João Jodie Jordan Joyce Kamila Karim Katarzyna Kayleigh Keiran Khadija Kofi Kwame
    Laura Layla Leila Liam Lowri Lucía Łukasz Luca Magdalena Mahmoud Mairi Małgorzata Marcus Maryam
    Mehmet Mercy Michaela Mohammed Morag Muhammad Nadia Nasreen Natasha Ngozi Niamh Nicole Nikhil Nuala
    Olena Oliver Olivia Oluwaseun Omar Owain Padraig Paige Parveen Patryk Pauline Piotr Priya Rachel
    Rafael Rahul Rebecca Renata Rhiannon Rhys Rosie Ruairí Ruth Sadia Samira Samuel Sanjay Saoirse Sarah
    Seren Shabnam Shanice Siân Simran Siobhán Sofía Stephen Sunita Svetlana Tamsin Tariq Temitope
    Thandiwe Tomasz Tyrone Uzma Vikram Wiktoria Winston Yasmin Yusuf Zainab Zofia Zoe
    """
)

FAMILY = _words(
    """
    Abubakar Achterberg Adeyemi Ahmed Akhtar Al-Rashid Ali Anderson Appiah Asante Bailey Balogun
    Bannister Begum Bennett Beynon Bhatt Bianchi Boateng Bowen Brennan Brzęczyszczykiewicz Byrne
    Campbell Carter Chandrasekaran Chaudhry Chowdhury Clarke Cohen Conteh Cooper Costa Crawford Cruz
    Dąbrowska Davies Dhillon Diallo Dobson Drummond Dumitrescu Edwards Eriksen Evans Farahani Fernandes
    Ferguson Finch Flanagan Fletcher Forsyth Fraser García Ghosh Gill Goldberg Goodwin Gordon Grabowski
    Graham Griffiths Gunawardena Haddad Hamilton Hassan Hopkins Hughes Hussain Hutchinson Ibrahim Ilić
    Iqbal Islam Ivanova Jackson James Jankowski Jenkins Kaminski Kapoor Kaur Kelly Kenyon Khan Kiely
    Kone Kowalczyk Krishnan Lewis Llewellyn Lloyd Lowe MacDonald MacKenzie Mahmood Malik Marković
    Marshall Matthews McAllister McCarthy McKenna Mensah Miah Middleton Mitchell Mokoena Moore Morgan
    Morris Mukherjee Mwangi Nair Ncube Novák Nowak O’Brien O’Connor O’Sullivan Obi Okafor Okonkwo
    Oliveira Osei Owen Öztürk Papadopoulos Parker Patel Pereira Petrov Popescu Powell Price Pritchard
    Qureshi Rahman Rees Reid Reilly Richards Roberts Robertson Rossi Ruiz Rutherford Saleh Santos
    Schofield Shah Sharma Shaw Sheikh Siddiqui Silva Singh Sokolova Stewart Sutherland Sutton Szymański
    Taylor Thomas Thompson Tiwari Turner Uddin Unwin Vasquez Wadsworth Walsh Watson Whittaker Wilkinson
    Williams Wilson Wójcik Wright Yıldız Young Zaman Zhang Zielińska
    """
)

REMARKABLE = (
    "Mei-Ling Castellanos-Thornbury",
    "Oluwaseun Adébáyò-Whitfield",
    "Nguyễn Thị Phương Anh",
    "María de los Ángeles Fernández-Quintanilla",
    "Đặng Hoàng Yến",
    "Siobhán Ní Dhomhnaill",
    "Bartholomew Featherstonehaugh-Cholmondeley",
    "Aleksandra Wiśniewska-Kowalczyk",
    "Jón Þór Sigurðsson",
    "Li Na",
    "Bo Xu",
    "Sri Wahyuni",
)
"""Widest, shortest and least English names: a layout that holds these holds every other."""


def people_names(rng: random.Random) -> Iterator[str]:
    """Endless distinct names, the remarkable ones early so that every size of centre has some."""
    used: set[str] = set()
    remarkable = list(REMARKABLE)
    position = 0
    while True:
        name = remarkable.pop(0) if remarkable and position % 9 == 4 else _ordinary_name(rng)
        position += 1
        if name in used:
            continue
        used.add(name)
        yield name


def _ordinary_name(rng: random.Random) -> str:
    given, family = rng.choice(GIVEN), rng.choice(FAMILY)
    if rng.random() < 0.06:
        family = f"{family}-{rng.choice(FAMILY)}"
    return f"{given} {family}"
